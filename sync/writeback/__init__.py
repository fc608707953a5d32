"""Write-backs: a program changes the tree as a careful person would, and commits it.

    edits      what to change, as data: Put, Remove; what somebody else decided meanwhile: Conflict
    place      which file a new entry belongs in
    rewrite    one file: old text and wanted values → new text, all other bytes as they were
    targets    the branch, here or at a remote
    commit     edits → a commit on a branch, here or at a remote; again when somebody was faster

Importers and approved phones come through here. May know: YAML text, sections, Git. May not: who
wants a change, or what a valid tree is: validation is handed in.
"""

from sync.writeback.commit import Proposal, Written, difference, propose, write_back
from sync.writeback.edits import ABSENT, ANYTHING, Conflict, Edit, Put, Remove
from sync.writeback.note import Note
from sync.writeback.targets import LocalTarget, RemoteTarget

__all__ = [
    "ABSENT", "ANYTHING", "Conflict", "Edit", "LocalTarget", "Note", "Proposal", "Put",
    "RemoteTarget", "Remove", "Written", "difference", "propose", "write_back",
]  # fmt: skip
