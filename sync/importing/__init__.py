"""Importing: what a source outside says becomes edits of the tree.

    records    what sources say, as data: Person, PhoneRecord, Batch
    policy     what one run may do, what is remembered of earlier ones, what a run comes to
    present    the tree as it stands         matching   whose entry is whose
    wanting    records → drafts              draft      one entry: wanted values → changes → edits
    ownership  the commit behind a value: the importer's, or a person's
    names      a name leads to one entry     numbers    extensions for people without one
    missing    who is not there any more     leaving    what becomes of their entries
    notes      warnings                      reconcile  all of it: batch and tree → edits

May know: records, the tree, who wrote its values. May not: LDAP, CSV, or what is run.
"""

from sync.importing.ownership import Behind, Ownership, OwnershipInGit, command_of
from sync.importing.policy import Counts, Memory, Missing, Policy, Range
from sync.importing.present import Present
from sync.importing.reconcile import Noted, Reconciled, reconcile
from sync.importing.records import Batch, Person, PhoneRecord, Source, SourceUnavailable

__all__ = [
    "Batch", "Behind", "Counts", "Memory", "Missing", "Noted", "Ownership", "OwnershipInGit",
    "Person", "PhoneRecord", "Policy", "Present", "Range", "Reconciled", "Source",
    "SourceUnavailable", "command_of", "reconcile",
]  # fmt: skip
