"""Users who are all the same to the dial plan when they call: what holds for one holds for all.

Ten thousand users are a handful of these. What they are called by is another matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schema.dialplan.rows import RuleEntry, UserEntry


@dataclass(frozen=True, slots=True)
class People:
    """Users who may do the same from the same site."""

    enabled: bool
    permissions: frozenset[str]
    """Only those that some rule asks for."""
    site: str | None
    members: tuple[str, ...]
    """Their ids, in the tree's order; at least one."""

    @property
    def example(self) -> str:
        """One of them, to be named in a message."""
        return self.members[0]

    def may(self, rule: RuleEntry) -> bool:
        """Whether they have all permissions that a rule asks for."""
        return self.permissions.issuperset(rule.permissions)


def asked_permissions(rules: Iterable[RuleEntry]) -> frozenset[str]:
    """The permissions that make a difference."""
    return frozenset(word for rule in rules if rule.enabled for word in rule.permissions)


def people_of(users: Mapping[str, UserEntry], asked: frozenset[str]) -> tuple[People, ...]:
    """The users, put together by what tells their calls apart, in the order of the first of each.

    `asked` are the permissions that make a difference: those of one table, or of the two that are
    compared.
    """
    # Most users share one object for their permissions, so telling by it first costs little.
    alike: dict[tuple[bool, frozenset[str], str | None], list[str]] = defaultdict(list)
    for id_, user in users.items():
        alike[user.enabled, user.permissions, user.site].append(id_)
    found: dict[tuple[bool, frozenset[str], str | None], list[str]] = defaultdict(list)
    for (enabled, permissions, site), members in alike.items():
        found[enabled, permissions & asked, site] += members
    return tuple(People(*key, members=tuple(members)) for key, members in found.items())
