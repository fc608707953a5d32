"""Users who notice the same, and what a set of users is called.

Knows the rows of users in two tables. Users who came or went have nothing to compare.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from schema.dialplan.rows import UserEntry
from schema.dialplan.table import RouteTable

MOST_NAMES = 4
"""Groups, sites or users that are named one by one."""


@dataclass(frozen=True, slots=True)
class People:
    """Users who are the same as callers in the old table, and in the new one."""

    old: UserEntry
    new: UserEntry
    members: frozenset[str]

    @property
    def moved(self) -> bool:
        """Whether more than permissions differ between their old and new selves."""
        return (self.old.enabled, self.old.site) != (self.new.enabled, self.new.site)


def people(old: RouteTable, new: RouteTable) -> tuple[People, ...]:
    """The users of both tables, put together."""
    found: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for id_, entry in new.users.items():
        before = old.users.get(id_)
        if before is not None:
            found[(*_caller(before), *_caller(entry))].append(id_)
    return tuple(
        People(old.users[ids[0]], new.users[ids[0]], frozenset(ids)) for ids in found.values()
    )


def _caller(user: UserEntry) -> tuple[object, ...]:
    """What tells one caller from another, as far as the dial plan is concerned."""
    return user.enabled, user.permissions, user.site


class Names:
    """What sets of users are called: "everybody", "group sales", "site hq", "users alice, bob"."""

    def __init__(self, users: Mapping[str, UserEntry], everybody: Collection[str]) -> None:
        self._everybody = frozenset(everybody)
        self._order = {id_: place for place, id_ in enumerate(users)}
        self._known: dict[frozenset[str], str] = {}
        groups: dict[tuple[str, str], set[str]] = defaultdict(set)
        for id_ in self._everybody:
            for group in users[id_].groups:
                groups["group", group].add(id_)
            if users[id_].site:
                groups["site", users[id_].site or ""].add(id_)
        self._groups = dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))

    def of(self, members: frozenset[str]) -> str:
        """The shortest name of a set of users."""
        if members not in self._known:
            self._known[members] = self._name(members)
        return self._known[members]

    def _name(self, members: frozenset[str]) -> str:
        if members == self._everybody:
            return "everybody"
        others = self._everybody - members
        if len(self._parts(members)) > MOST_NAMES and len(self._parts(others)) <= MOST_NAMES:
            return f"everybody but {self._together(others)}"
        return self._together(members)

    def _parts(self, members: frozenset[str]) -> list[tuple[str, str]]:
        """Groups and sites that have just these members, and single users."""
        left = set(members)
        parts = []
        for (kind, name), own in self._groups.items():
            if own <= members and not own.isdisjoint(left) and (len(own) > 1 or own == members):
                parts.append((kind, name))
                left -= own
        return [*parts, *(("user", id_) for id_ in sorted(left, key=self._order.__getitem__))]

    def _together(self, members: frozenset[str]) -> str:
        kinds: dict[str, list[str]] = {}
        for kind, name in self._parts(members):
            kinds.setdefault(kind, []).append(name)
        named = [f"{kind}{'s' * (len(names) > 1)} {few(names)}" for kind, names in kinds.items()]
        return " and ".join(named)


def callers_by(gateways: Collection[str]) -> str:
    """Who calls from outside."""
    return f"callers by {few(sorted(gateways))}"


def few(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
