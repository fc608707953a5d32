"""Phonebooks: the groups and files they name, and the contacts that phones could not show."""

from collections import Counter
from collections.abc import Iterator

from schema.assembly import Tree
from schema.checks.references import unknown
from schema.contacts import ContactsFile, dialled
from schema.contacts.rows import Row
from schema.diagnostics import Diagnostic
from schema.models import Phonebook
from schema.tree import CONTACTS


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report what keeps phonebooks from listing what they should."""
    region = tree.system.region if tree.system is not None else None
    for id_, book in tree.phonebooks.items():
        yield from _groups(tree, id_, book)
        yield from _file(tree, id_, book)
        yield from _empty(tree, id_, book)
        if region is not None:
            yield from _entries(tree, id_, book, region)
    for file in tree.contacts.values():
        yield from file.diagnostics
        if region is not None:
            yield from _rows(file, region)


def _groups(tree: Tree, id_: str, book: Phonebook) -> Iterator[Diagnostic]:
    for key, groups in (("groups", book.groups), ("for", book.for_ or ())):
        for at, group in enumerate(groups):
            if group not in tree.ids["groups"]:
                yield from unknown(tree, "groups", group, "phonebooks", id_, key, at)


def _file(tree: Tree, id_: str, book: Phonebook) -> Iterator[Diagnostic]:
    if book.file is not None and book.file not in tree.contacts:
        message = f"there is no file {CONTACTS}/{book.file}"
        hint = f"put it in the folder {CONTACTS}/ beside pbx.yaml, and commit it"
        yield tree.report("PBX1530", message, "phonebooks", id_, "file", hint=hint)


def _empty(tree: Tree, id_: str, book: Phonebook) -> Iterator[Diagnostic]:
    if not (book.everybody or book.groups or book.entries or book.file):
        hint = "add everybody: true, groups, entries or a file"
        yield tree.report(
            "PBX1537", f'the phonebook "{id_}" lists nobody', "phonebooks", id_, hint=hint
        )
    if book.for_ == ():
        message = f'nobody gets the phonebook "{id_}"'
        hint = "name groups, or leave `for` out: then everybody gets it"
        yield tree.report("PBX1537", message, "phonebooks", id_, "for", hint=hint)


def _entries(tree: Tree, id_: str, book: Phonebook, region: str) -> Iterator[Diagnostic]:
    seen: Counter[object] = Counter()
    for at, entry in enumerate(book.entries):
        for key in ("number", "mobile", "home"):
            text = getattr(entry, key)
            if text is not None and dialled(text, region) is None:
                message, hint = _not_dialled(text, region)
                path = ("entries", at, key)
                yield tree.report("PBX1534", message, "phonebooks", id_, *path, hint=hint)
        seen[entry] += 1
        if seen[entry] == 2:
            message, hint = _twice(entry.name)
            yield tree.report("PBX1536", message, "phonebooks", id_, "entries", at, hint=hint)


def _rows(file: ContactsFile, region: str) -> Iterator[Diagnostic]:
    seen: set[object] = set()
    for row, card in zip(file.rows, file.cards, strict=True):
        if card in seen:
            message, hint = _twice(row.name)
            yield file.document.report("PBX1536", message, row.span, hint)
            continue
        seen.add(card)
        yield from _row(file, row, region)


def _row(file: ContactsFile, row: Row, region: str) -> Iterator[Diagnostic]:
    if not row.name or not row.numbers:
        lack = "number" if row.name else "name"
        hint = "it is left out; add what is missing, or remove it"
        yield file.document.report("PBX1535", f"the contact has no {lack}", row.span, hint)
    for one in row.numbers:
        if dialled(one.text, region) is None:
            message, hint = _not_dialled(one.text, region)
            yield file.document.report("PBX1534", message, one.span, hint)


def _not_dialled(text: str, region: str) -> tuple[str, str]:
    shown = text if len(text) <= 40 else f"{text[:39]}…"
    hint = f"it is left out; write it as in {region}, or with + and the country code"
    return f'"{shown}" is no number that can be dialled', hint


def _twice(name: str) -> tuple[str, str]:
    return f'"{name}" stands here twice with the same numbers', "phones show it once; remove one"
