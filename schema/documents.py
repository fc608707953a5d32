"""One file of a source becomes a document, unless it should not even be opened.

May know: sources, limits, how YAML is read. May not: what stands in a file.
"""

from schema.diagnostics import Diagnostic
from schema.reading import read
from schema.source import Document, empty_mapping
from schema.tree import MAX_FILE_SIZE, SourceEntry, SourceError, TreeSource


def document_of(source: TreeSource, entry: SourceEntry, items: str = "") -> Document:
    """Read one file. What is wrong with it is in the document's diagnostics.

    `items` is for files that are a list: see schema.reading.read.
    """
    if entry.kind == "symlink":
        hint = "put the file itself in its place"
        return _unread(entry, "PBX1018", "symbolic links are not followed", hint)
    if entry.size > MAX_FILE_SIZE:
        size, limit = entry.size / 1024**2, MAX_FILE_SIZE // 1024**2
        message = f"the file has {size:.0f} MiB, and {limit} are possible"
        return _unread(entry, "PBX1016", message, "split the section into several files")
    try:
        if entry.kind != "file":
            raise SourceError(entry.path, "it is not a regular file")
        return read(entry.path, entry.blob, source.read(entry), items)
    except SourceError as error:
        message = f"the file cannot be read: {error.reason}"
        return _unread(entry, "PBX1019", message, "correct its permissions, or remove it")


def _unread(entry: SourceEntry, code: str, message: str, hint: str) -> Document:
    diagnostic = Diagnostic(code, message, entry.path, hint=hint)
    return Document(entry.path, entry.blob, "", empty_mapping(), (diagnostic,), readable=False)
