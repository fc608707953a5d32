"""What becomes of the numbers of an atom when somebody dials them, as a value that compares.

The same reading of the rules as schema.dialplan.search, for all numbers of an atom at once; tests
hold the two together. Of a call inside it says who is called, not who rings then: that is
schema.meaning.inside.
"""

from collections.abc import Container, Sequence
from typing import Final, Literal, NamedTuple

from schema.dialplan.outward import gateway_steps
from schema.dialplan.rows import GatewayEntry, RuleEntry, UserEntry
from schema.dialplan.table import RouteTable
from schema.dialplan.template import Template
from schema.meaning.writing import Writing, writing

Kind = Literal["refused", "leaves", "user", "hunt_group", "number", "inside", "pickup"]
Owner = tuple[Kind, str]
"""Whose number it is: a user's or a hunt group's."""


class Case(NamedTuple):
    """Numbers that find the same rules, and belong to the same somebody, in both tables."""

    old_rules: tuple[RuleEntry, ...]
    new_rules: tuple[RuleEntry, ...]
    witness: str
    """One of them; empty where every rule makes the same of all numbers."""
    old_owner: Owner | None = None
    new_owner: Owner | None = None


class Way(NamedTuple):
    """One gateway by which a call leaves."""

    gateway: str
    weight: int
    writing: Writing
    """With the gateway's prefix."""


class Behaviour(NamedTuple):
    """What becomes of a call. Two that are `same` cannot be told apart by who dials."""

    kind: Kind
    status: int = 0
    """Of a refusal."""
    lacks: tuple[str, ...] = ()
    """Permissions that are missing."""
    emergency: bool = False
    ways: tuple[Way, ...] = ()
    target: str = ""
    """A user's or hunt group's id, or a number that is dialled instead."""
    writing: Writing | None = None
    """Of what leaves (without a gateway's prefix), or is looked up inside."""
    rule: RuleEntry | None = None
    """The rule that decides."""

    @property
    def plainly(self) -> "Behaviour":
        """Without the numbers as they leave or are looked up, and without the rule."""
        ways = tuple([way._replace(writing=AS_DIALLED) for way in self.ways])
        return self._replace(ways=ways, writing=None, rule=None)

    @property
    def refused(self) -> bool:
        """Whether nobody is reached."""
        return self.kind == "refused"

    def same(self, other: "Behaviour") -> bool:
        """Whether nobody would notice the difference; which rule decides does not matter."""
        if self.refused and other.refused:
            return self.status == other.status or DISABLED in (self, other)
        return self._replace(rule=None) == other._replace(rule=None)


AS_DIALLED: Final = Writing(Template("", ""))
NOBODYS: Final = Behaviour("refused", 404)
DISABLED: Final = Behaviour("refused", 403)


def behaviour(
    table: RouteTable,
    caller: UserEntry,
    rules: Sequence[RuleEntry],
    number: str,
    owner: Owner | None,
    open_: Container[str],
) -> Behaviour:
    """What `caller` reaches by `number` and by all of its atom.

    `rules` are those for calls by users that match, in order; `owner` is whose number it is;
    `open_` are the schedules that are open.
    """
    refusal = None
    for rule in rules:
        if rule.emergency:
            found = _leaving(table, caller, rule, number)
            if found.kind != "refused":
                return found
            refusal = refusal or found
    if refusal is not None:
        return refusal
    if not caller.enabled:
        return DISABLED
    if owner is not None:
        return Behaviour(owner[0], target=owner[1])
    for rule in rules:
        if rule.when is None or rule.when in open_:
            return _decided(table, caller, rule, number)
    return NOBODYS


def _decided(table: RouteTable, caller: UserEntry, rule: RuleEntry, number: str) -> Behaviour:
    lacks = tuple(name for name in rule.permissions if name not in caller.permissions)
    if lacks:
        return Behaviour("refused", 403, lacks, rule=rule)
    if rule.via:
        return _leaving(table, caller, rule, number)
    return _inside(table, caller.site, rule, number)


def _inside(table: RouteTable, site: str | None, rule: RuleEntry, number: str) -> Behaviour:
    """By a rule without gateways."""
    written = writing(rule, table.numbering_of(site), number)
    if rule.type == "pickup":
        return Behaviour("pickup", writing=written, rule=rule)
    if rule.to is not None:
        return Behaviour(rule.to.kind, target=rule.to.name, rule=rule)  # type: ignore[arg-type]
    return Behaviour("inside", writing=written, rule=rule)


def landing(
    table: RouteTable,
    gateway: GatewayEntry,
    rules: Sequence[RuleEntry],
    number: str,
    owner: Owner | None,
    open_: Container[str],
) -> Behaviour:
    """Where a call from outside lands. `rules` are those for this gateway, none for emergencies."""
    for rule in rules:
        if rule.when is None or rule.when in open_:
            return _inside(table, None, rule, number)
    if owner is not None:
        return Behaviour(owner[0], target=owner[1])
    if gateway.fallback is not None:
        place = gateway.fallback
        return Behaviour(place.kind, target=place.name)  # type: ignore[arg-type]
    return NOBODYS


def _leaving(table: RouteTable, caller: UserEntry, rule: RuleEntry, number: str) -> Behaviour:
    written = writing(rule, table.numbering_of(caller.site), number)
    if number and not written.of(number):
        return Behaviour("refused", 484, rule=rule)
    ways = tuple(
        Way(step.target, step.weight, written.behind(step.number))
        for step in gateway_steps(table, rule, caller, "")
    )
    if not ways:
        return Behaviour("refused", 503, rule=rule)
    return Behaviour("leaves", emergency=rule.emergency, ways=ways, writing=written, rule=rule)
