"""What rows said, put together, becomes records; what was not understood leads to no conclusion.

May know: people and phones of the rows, the tree around. May not: text, columns.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from schema.models import Phone, User
from sync.importing import Batch, Person, PhoneRecord
from sync.tables.entries import (
    Cell,
    Entries,
    Entry,
    missing_of_person,
    missing_of_phone,
    news,
)
from sync.tables.report import Report
from sync.tables.rows import Field, Row
from sync.tables.sipxcom_users import as_in_sipxcom
from sync.tables.surroundings import Surroundings


@dataclass(frozen=True)
class Asked:
    """How a table is to be read. None: as it looks."""

    importer: str
    file: str
    delimiter: str | None = None
    encoding: str | None = None
    sipxcom: bool | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    complete: bool = False


@dataclass
class Doubts:
    """Rows that were skipped, by where they begin, and whom they could have been about."""

    skipped: set[int] = field(default_factory=set)
    anybody: bool = False
    """Whether one of them could have been about any user; and any phone, when `misaligned`."""
    misaligned: bool = False
    users: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    incomplete: set[str] = field(default_factory=set)
    """New users who lack something, all their rows put together."""

    def about_anybody(self, row: Row) -> None:
        """A row whose fields do not stand below their columns."""
        self.skipped.add(row.span.start)
        self.anybody = self.misaligned = True

    def about(self, row: Row, cells: Mapping[str, Cell], *, names_user: bool) -> None:
        """A row with a mistake in it; `cells` are those that could be read."""
        self.skipped.add(row.span.start)
        if "mac" in cells:
            self.phones.add(cells["mac"].value)
        if "user" in cells:
            self.users.add(cells["user"].value)
        elif names_user:
            self.anybody = True


@dataclass(frozen=True)
class Making:
    """Makes the records of one table."""

    asked: Asked
    around: Surroundings
    entries: Entries
    doubts: Doubts
    report: Report

    def batch(self, *, sipxcom: bool, line_of: Callable[[Field], int]) -> Batch:
        """All records. `line_of` counts the line that a field is in."""
        if sipxcom:
            for user, entry in self.entries.people.items():
                as_in_sipxcom(user, entry, self.around)
        people = tuple(self._people(line_of))
        known = self.entries.people.keys() - self.doubts.incomplete
        groups = (group for person in people for group in person.values.get("groups", ()))
        return Batch(
            self.asked.importer,
            people,
            tuple(self._phones(known.union(self.around.system.users), line_of)),
            tuple(dict.fromkeys(groups)),
            complete=self.asked.complete and not self.doubts.anybody,
            unusable=frozenset((self.doubts.users | self.doubts.incomplete) - known),
            keeps_unsaid=True,
        )

    def _people(self, line_of: Callable[[Field], int]) -> Iterator[Person]:
        for user, entry in self.entries.people.items():
            if self._lacks(missing_of_person(user, entry, self.around), entry):
                self.doubts.incomplete.add(user)
                continue
            values = self._of_person(user, entry)
            if values or self._is_ours(self.around.system.users.get(user)):
                origin = f"{self.asked.file}:{line_of(entry.first)}"
                yield Person(user, user, values, origin)

    def _is_ours(self, known: User | Phone | None) -> bool:
        """Whether an entry is new or this importer's: of others, only news is worth a word."""
        return known is None or known.managed_by == self.asked.importer

    def _of_person(self, user: str, entry: Entry) -> dict[str, Any]:
        values = {key: cell.value for key, cell in entry.cells.items()}
        known = self.around.system.users.get(user)
        if "groups" in values and known is not None:
            # Groups are added and never taken away, as in sipXcom.
            values["groups"] = list(dict.fromkeys((*known.groups, *values["groups"])))
        return news(values, known)

    def _phones(self, users: set[str], line_of: Callable[[Field], int]) -> Iterator[PhoneRecord]:
        for mac, entry in self.entries.phones.items():
            lines = self.entries.lines[mac]
            if self._is_uncertain(mac, lines) or not users.issuperset(lines):
                continue
            if self._lacks(missing_of_phone(mac, entry, lines, self.around), entry):
                continue
            values = self._of_phone(mac, entry, lines)
            if values or self._is_ours(self.around.system.phones.get(mac)):
                yield PhoneRecord(mac, values, f"{self.asked.file}:{line_of(entry.first)}")

    def _of_phone(self, mac: str, entry: Entry, lines: list[str]) -> dict[str, Any]:
        values = {key: cell.value for key, cell in entry.cells.items()}
        if "phone_site" in values:
            values["site"] = values.pop("phone_site")
        if lines:
            values["lines"] = lines
        return news(values, self.around.system.phones.get(mac))

    def _is_uncertain(self, mac: str, lines: list[str]) -> bool:
        """Whether a row that was skipped could have been one more line of a phone."""
        known = self.around.system.phones.get(mac)
        loses = known is not None and not set(lines).issuperset(known.lines)
        return mac in self.doubts.phones or (self.doubts.misaligned and loses)

    def _lacks(self, missing: str | None, entry: Entry) -> bool:
        if missing is None:
            return False
        hint = "fill in the cell, or remove the row"
        self.report.say("PBX1831", missing, entry.first.span, hint)
        self.doubts.skipped.add(entry.first.start)
        return True
