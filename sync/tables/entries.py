"""Rows put together: one person may stand in several rows, and so may one phone.

What rows say of one entry has to agree; what two people may not share (extension, DID, alias, id)
is said of once. May know: values and their places. May not: text, columns.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from schema.models import Phone, User
from schema.source import Span
from sync.tables.cells import one_line
from sync.tables.rows import Field
from sync.tables.surroundings import Surroundings

_SHARED_BY_NOBODY = ("extension", "did", "aliases")


class Cell(NamedTuple):
    """A value and the field that it comes from."""

    value: Any
    field: Field


class Clash(NamedTuple):
    """Two cells of a table that cannot both hold."""

    code: str
    message: str
    at: Span
    hint: str
    other: Span


@dataclass
class Entry:
    """What rows said of one person or phone so far. `first` is where it stands first."""

    first: Field
    cells: dict[str, Cell] = field(default_factory=dict)

    def disagreement(self, name: str, cells: Mapping[str, Cell]) -> Clash | None:
        """Where `cells` say something else than rows before."""
        for key, cell in cells.items():
            known = self.cells.get(key)
            if known is not None and known.value != cell.value:
                message = f"{key} of {name} is {_shown(cell.value)} here"
                hint = "rows of one user, or of one phone, say the same or leave the cell empty"
                return Clash("PBX1829", message, cell.field.span, hint, known.field.span)
        return None


@dataclass
class Entries:
    """All people and phones of a table, in the order of their first rows."""

    people: dict[str, Entry] = field(default_factory=dict)
    phones: dict[str, Entry] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)
    _owners: dict[str, tuple[str, Field]] = field(default_factory=dict)

    def clash(
        self, user: Cell | None, mac: Cell | None, of_user: Mapping[str, Cell],
        of_phone: Mapping[str, Cell],
    ) -> Clash | None:  # fmt: skip
        """What keeps a row from being taken in."""
        if user is not None:
            shared = self._shared(user, of_user)
            told = self._entry(self.people, user).disagreement(user.value, of_user)
            if shared or told:
                return shared or told
        if mac is not None:
            return self._entry(self.phones, mac).disagreement(mac.value, of_phone)
        return None

    def take(
        self, user: Cell | None, mac: Cell | None, of_user: Mapping[str, Cell],
        of_phone: Mapping[str, Cell],
    ) -> None:  # fmt: skip
        """Take a row in that clashes with none before it."""
        if user is not None:
            entry = self.people.setdefault(user.value, Entry(user.field))
            entry.cells = {**of_user, **entry.cells}
            for word, cell in _claims(user, of_user):
                self._owners.setdefault(word, (user.value, cell))
        if mac is not None:
            phone = self.phones.setdefault(mac.value, Entry(mac.field))
            phone.cells = {**of_phone, **phone.cells}
            lines = self.lines.setdefault(mac.value, [])
            if user is not None and user.value not in lines:
                lines.append(user.value)

    def _entry(self, entries: Mapping[str, Entry], named: Cell) -> Entry:
        return entries.get(named.value) or Entry(named.field)

    def _shared(self, user: Cell, cells: Mapping[str, Cell]) -> Clash | None:
        for word, cell in _claims(user, cells):
            owner, at = self._owners.get(word, (user.value, cell))
            if owner != user.value:
                message = f"{word} is {owner}'s as well"
                hint = "ids, extensions, DIDs and aliases lead to one user each"
                return Clash("PBX1830", message, cell.span, hint, at.span)
        return None


def _claims(user: Cell, cells: Mapping[str, Cell]) -> Iterator[tuple[str, Field]]:
    """What leads a call to a user, each with its place."""
    yield user.value, user.field
    for key in _SHARED_BY_NOBODY:
        if key in cells:
            value = cells[key].value
            for word in value if isinstance(value, list) else (value,):
                yield word, cells[key].field


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def missing_of_person(user: str, entry: Entry, around: Surroundings) -> str | None:
    """What a new user cannot be without."""
    if user in around.system.users or "name" in entry.cells:
        return None
    return f"{user} is new and has no name"


def missing_of_phone(mac: str, entry: Entry, lines: list[str], around: Surroundings) -> str | None:
    """What a new phone cannot be without."""
    if mac in around.system.phones:
        return None
    if "model" not in entry.cells:
        return f"the phone {mac} is new and has no model"
    return None if lines else f"the phone {mac} is new and has no user"


def news(values: Mapping[str, Any], known: User | Phone | None) -> dict[str, Any]:
    """What an entry does not say already.

    One number may be a text or a list, `enabled` is true where nothing is written, and a table
    cannot show line breaks: none of it is a change.
    """
    return {key: value for key, value in values.items() if not _says(known, key, value)}


def _says(known: User | Phone | None, key: str, value: Any) -> bool:
    if known is None:
        return key == "enabled" and value is True
    said = getattr(known, key)
    if isinstance(said, tuple) or isinstance(value, list):
        said = (said,) if isinstance(said, str) else said or ()
        return tuple(said) == (tuple(value) if isinstance(value, list) else (value,))
    return bool((one_line(said) if isinstance(said, str) else said) == value)
