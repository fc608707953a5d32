"""How records become edits: what an import may do, and what is remembered from one run to the next.

May know: times, numbers, paths. May not: where any of it is written down.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
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

    def words(self, source: str = "") -> str:
        """ "12 users from corp: 3 new, 8 changed, 1 disabled; 2 phones: 2 new".

        What there is nothing of is left out; "" where there is nothing at all.
        """
        kinds = ("new", "changed", "disabled", "enabled", "deleted")
        users = [(getattr(self, kind), kind) for kind in kinds]
        phones = [(getattr(self, f"phones_{kind}"), kind) for kind in ("new", "changed", "deleted")]
        told = (("user", users), ("phone", phones), ("group", [(self.groups_new, "new")]))
        parts = [_counted(what, kinds) for what, kinds in told if any(count for count, _ in kinds)]
        origin = f" from {source}" if source else ""
        return "; ".join(
            f"{total}{origin if not at else ''}: {kinds}" for at, (total, kinds) in enumerate(parts)
        )

    def by_name(self) -> dict[str, int]:
        """All that is not nothing: {"new": 3, "phones_new": 2}."""
        return {name: count for name, count in asdict(self).items() if count}


def _counted(what: str, kinds: list[tuple[int, str]]) -> tuple[str, str]:
    total = sum(count for count, _ in kinds)
    told = ", ".join(f"{count:,} {kind}" for count, kind in kinds if count)
    return f"{total:,} {what}{'s' * (total != 1)}", told
