"""The files of a tree as documents, and edits as new bytes of some of them.

May know: sources, documents, edits. May not: Git.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schema.documents import document_of
from schema.source import Document
from schema.tree import SourceEntry, TreeSource, select
from sync.errors import EditRefused
from sync.writeback.edits import Conflict, Edit, wanted_of
from sync.writeback.rewrite import rewritten

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Edited:
    """New contents of the files that change, and the edits that were left out."""

    files: Mapping[str, bytes]
    conflicts: tuple[Conflict, ...]


def edited(source: TreeSource, edits: Iterable[Edit]) -> Edited:
    """What edits make of a tree. Raises EditRefused, SourceError."""
    entries = {entry.path: entry for entry in select(source.entries()).read}
    documents = {path: document_of(source, entry) for path, entry in entries.items()}
    wanted = wanted_of(documents, edits)
    files = {}
    for path, root in wanted.roots.items():
        document = require_readable(documents[path])
        text = rewritten(document, root)
        if text != document.text:
            files[path] = mark(source, entries[path]) + text.encode()
    return Edited(files, tuple(wanted.conflicts))


def require_readable(document: Document) -> Document:
    """A document that says all that its file says. Raises EditRefused."""
    if document.readable:
        return document
    raise EditRefused(document.path, document.diagnostics[0].message)


def mark(source: TreeSource, entry: SourceEntry) -> bytes:
    """The byte order mark that a file begins with, if it does."""
    return BYTE_ORDER_MARK if source.read(entry).startswith(BYTE_ORDER_MARK) else b""
