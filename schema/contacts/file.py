"""A file of contacts: chosen by its name, read once for each content.

May know: sources, what a file says. May not: which phonebooks list it.
"""

from dataclasses import dataclass
from functools import cached_property

from schema.contacts.csv import read_csv
from schema.contacts.rows import Malformed, Row
from schema.contacts.vcard import read_vcard
from schema.diagnostics import Diagnostic
from schema.models import Card, Number
from schema.source import Document, empty_mapping
from schema.tree import SourceEntry, SourceError, TreeSource

MAX_CONTACTS_SIZE = 4 * 1024 * 1024
MAX_CONTACTS = 10_000


@dataclass(frozen=True)
class ContactsFile:
    """Its contacts in their order, and what was wrong with it as a whole."""

    document: Document
    rows: tuple[Row, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """The same without places: the same object as long as the file is the same."""
        return tuple(
            Card(row.name, tuple(Number(one.kind, one.text) for one in row.numbers))
            for row in self.rows
        )


def contacts_file(source: TreeSource, entry: SourceEntry) -> ContactsFile:
    """Read a file of the folder `phonebooks/`, whatever is in it."""
    document = Document(entry.path, entry.blob, "", empty_mapping(), readable=False)
    if entry.kind != "file":
        return ContactsFile(document, ())  # said with the tree's own files
    try:
        return _read(entry, _text(source, entry))
    except _Unread as error:
        found = Diagnostic("PBX1531", error.reason, entry.path, hint=error.hint)
        return ContactsFile(document, (), (found,))


class _Unread(Exception):  # noqa: N818 - a result, told as a diagnostic
    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def _text(source: TreeSource, entry: SourceEntry) -> str:
    if entry.size > MAX_CONTACTS_SIZE:
        most = MAX_CONTACTS_SIZE >> 20
        hint = "split it into several phonebooks, or export it without pictures"
        raise _Unread(f"the file has {entry.size >> 20} MiB, and {most} are possible", hint)
    try:
        content = source.read(entry)
    except SourceError as error:
        hint = "correct its permissions, or remove it"
        raise _Unread(f"the file cannot be read: {error.reason}", hint) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"the file is not UTF-8 (line {line})"
        raise _Unread(reason, "save it as UTF-8; spreadsheets call it CSV UTF-8") from None


def _read(entry: SourceEntry, text: str) -> ContactsFile:
    document = Document(entry.path, entry.blob, text, empty_mapping())
    card = entry.path.endswith(".vcf")
    try:
        rows = tuple(read_vcard(text) if card else read_csv(text))
    except Malformed as error:
        code = "PBX1533" if card else "PBX1532"
        found = document.report(code, error.reason, error.span, error.hint)
        return ContactsFile(document, (), (found,))
    if len(rows) > MAX_CONTACTS:
        reason = f"there are {len(rows)} contacts, and {MAX_CONTACTS} are possible"
        raise _Unread(reason, "split the file into several phonebooks")
    return ContactsFile(document, rows)
