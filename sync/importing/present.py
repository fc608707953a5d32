"""The tree as an import finds it: plain values of entries, where they stand, who has which name.

May know: a valid tree and its origins. May not: records.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from schema.diagnostics import SourceRange
from schema.models import System
from schema.origins import Origins

NOTHING: Mapping[str, Any] = {}


@dataclass
class Present:
    """A tree. `importer` is whose entries count as managed."""

    importer: str
    system: System
    origins: Origins
    _values: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def value(self, section: str, id_: str) -> Mapping[str, Any] | None:
        """What the tree says of an entry, as plain data; None without one."""
        found = self._values.get((section, id_))
        if found is None and id_ in getattr(self.system, section):
            document, path = self.origins.entry(section, id_)
            found = document.value(path) or NOTHING
            self._values[section, id_] = found
        return found

    def at(self, section: str, id_: str, *path: str) -> SourceRange | None:
        """Where a value stands; the nearest around it where it is absent."""
        for length in range(len(path), -1, -1):
            found = self.origins.at(section, id_, *path[:length])
            if found is not None:
                return found
        return None

    @cached_property
    def managed(self) -> Mapping[str, str]:
        """Ids of users by what the source knows them by."""
        return {
            user.managed_id or id_: id_
            for id_, user in self.system.users.items()
            if user.managed_by == self.importer
        }

    @cached_property
    def released(self) -> Mapping[str, str]:
        """The same of users who came by an import, and whom nobody manages any more."""
        return {
            user.managed_id: id_
            for id_, user in self.system.users.items()
            if user.managed_id is not None and user.managed_by is None
        }

    def is_managed(self, section: str, id_: str) -> bool:
        """Whether an entry is this importer's."""
        entry = getattr(self.system, section).get(id_)
        return entry is not None and entry.managed_by == self.importer

    def users_of(self, id_: str) -> Iterator[str]:
        """Entries that name a user, other than users: "phones/0015651234ab"."""
        for section in ("phones", "hunt_groups", "gateways", "phonebooks", "sites"):
            for name in getattr(self.system, section):
                if _names(self.value(section, name), id_):
                    yield f"{section}/{name}"
        for rule in self.system.dialplan:
            if _names(rule.model_dump(), id_):
                yield f"dialplan/{rule.rule}"


def _names(value: Any, id_: str) -> bool:
    """Whether a text is somewhere in a value, as a value."""
    if isinstance(value, Mapping):
        return any(_names(inner, id_) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(_names(inner, id_) for inner in value)
    return bool(value == id_)
