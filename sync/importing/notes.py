"""What an import has to say: warnings as diagnostics, not too many of a kind.

May know: drafts, where values stand. May not: what is done about it.
"""

from collections import Counter
from typing import Any, Final

from schema.diagnostics import Diagnostic, Related, SourceRange
from sync.blame import Entry
from sync.importing.draft import Draft, Refusal
from sync.importing.present import Present
from sync.writeback import ABSENT

MOST: Final = 50
"""Warnings of one kind that are told one by one."""


class Notes:
    """Collects warnings. They point into the tree where something there is in the way."""

    def __init__(self, present: Present) -> None:
        self._present = present
        self._told: dict[tuple[str, str], Diagnostic] = {}
        self._count: Counter[str] = Counter()

    def say(self, code: str, message: str, hint: str, *path: str, also: str = "") -> None:
        """Add a warning, at a path of the tree if one is given; `also` labels that place."""
        if (code, message) in self._told:
            return
        self._count[code] += 1
        if self._count[code] > MOST:
            return
        at = self._present.at(*path) if path else None
        related = (Related(also, at),) if at is not None and also else ()
        file, range_ = (at.file, at.range) if at is not None else (self._present.importer, None)
        self._told[code, message] = Diagnostic(
            code, message, file, range_, hint=hint, related=related
        )

    def all(self) -> tuple[Diagnostic, ...]:
        """All warnings, with a count of those that were not told."""
        more = [
            Diagnostic(code, f"… and {count - MOST} more like these", self._present.importer)
            for code, count in self._count.items()
            if count > MOST
        ]
        return (*self._told.values(), *more)

    def place(self, section: str, id_: str) -> SourceRange | None:
        """Where an entry stands."""
        return self._present.at(section, id_)

    # What drafts have to say

    def refused(self, draft: Draft, refusal: Refusal) -> None:
        """A person's value stays, or what a person removed stays away."""
        path = "/".join((*draft.entry, *refusal.slot))
        hint = f"it is yours; to hand it back: --take {path}"
        if refusal.now is ABSENT:
            message = (
                f"{path} stays without {shown(refusal.wanted)}, which {refusal.behind} removed"
            )
        else:
            message = f"{path} stays {shown(refusal.now)}, written by {refusal.behind}"
        told = f"{message}; {draft.origin} says {shown(refusal.wanted)}"
        self.say("PBX1843", told, hint, *draft.entry, *refusal.slot)

    def gone(self, entry: Entry, origin: str, who: object) -> None:
        """An entry that a person removed stays away."""
        path = "/".join(entry)
        message = f"{path} stays away: {who} removed it, and {origin} still has it"
        self.say("PBX1844", message, f"to have it again: --take {path}")

    def unmanaged(self, entry: Entry, origin: str, managed_by: str | None) -> None:
        """An entry that is not this importer's."""
        path, importer = "/".join(entry), self._present.importer
        whose = f"belongs to {managed_by}" if managed_by else "was written by hand"
        message = f"{path} {whose} and is left alone; {origin} wants it too"
        hint = f"to hand it over: managed_by: {importer}, or --take {path}"
        self.say("PBX1841", message, hint, *entry)

    def taken(self, what: str, entry: Entry, origin: str, other: Entry, kind: str) -> None:
        """A name that leads to somebody else."""
        mine, others = "/".join(entry), "/".join(other)
        message = f"{what} of {mine} is left out: it is the {kind} of {others} ({origin})"
        hint = "what can be called leads to one entry: change it at the source, or there"
        self.say("PBX1842", message, hint, *other, also=f"{others}'s")


def shown(value: Any) -> str:
    """A value in a message."""
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value)) or "nothing"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
