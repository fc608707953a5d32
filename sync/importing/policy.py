"""How records become edits: what an import may do, and what is remembered from one run to the next.

May know: times, numbers, paths. May not: where any of it is written down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Range(NamedTuple):
    """Extensions to give to people without one, both ends included; of one length."""

    first: str
    last: str


@dataclass(frozen=True)
class Policy:
    """What one run may do. Times in seconds; None: never.

    `take` names entries and values ("users/alice", "users/alice/extension") that the importer takes
    over from whoever wrote them. `forced`: safety limits do not hold.
    """

    extensions: Range | None = None
    disable_after: float | None = 86400.0
    delete_after: float | None = None
    take: frozenset[str] = frozenset()
    forced: bool = False

    def takes(self, *path: str) -> bool:
        """Whether a path is handed over, by itself or with what it is in."""
        return any("/".join(path[:length]) in self.take for length in range(2, len(path) + 1))


class Missing(NamedTuple):
    """Since when somebody is missing (epoch seconds), and whether a forced run noted it."""

    since: float
    forced: bool = False


@dataclass(frozen=True)
class Memory:
    """What earlier runs of an importer noted, by source id; `numbers` are all ever given."""

    missing: Mapping[str, Missing] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Counts:
    """What a run does. A user is counted once, by what is most."""

    new: int = 0
    changed: int = 0
    disabled: int = 0
    enabled: int = 0
    deleted: int = 0
    phones_new: int = 0
    phones_changed: int = 0
    phones_deleted: int = 0
    groups_new: int = 0

    @property
    def users(self) -> int:
        """All users that are touched."""
        return self.new + self.changed + self.disabled + self.enabled + self.deleted

    def words(self) -> str:
        """ "12 users: 3 new, 8 changed, 1 disabled; 2 phones: 2 new"; without what there is not."""
        kinds = ("new", "changed", "disabled", "enabled", "deleted")
        users = [(getattr(self, kind), kind) for kind in kinds]
        phones = [(getattr(self, f"phones_{kind}"), kind) for kind in ("new", "changed", "deleted")]
        parts = [_counted("user", users), _counted("phone", phones)]
        parts.append(_counted("group", [(self.groups_new, "new")]))
        return "; ".join(part for part in parts if part)


def _counted(what: str, kinds: list[tuple[int, str]]) -> str:
    total = sum(count for count, _ in kinds)
    if not total:
        return ""
    told = ", ".join(f"{count:,} {kind}" for count, kind in kinds if count)
    return f"{total:,} {what}{'s' * (total != 1)}: {told}"
