"""Importing: what a source outside says becomes edits of the tree.

    records    what sources say, as data: Person, PhoneRecord, Batch

May know: records, the tree, who wrote its values. May not: LDAP, CSV, or what is run.
"""

from sync.importing.records import Batch, Person, PhoneRecord, Source, SourceUnavailable

__all__ = ["Batch", "Person", "PhoneRecord", "Source", "SourceUnavailable"]
