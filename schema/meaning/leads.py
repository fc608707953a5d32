"""Where calls to a user or hunt group may lead on to, and on which schedules that depends.

May say too much, never too little: what really happens then is asked of the interpreter.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from schema.dialplan.index import in_order
from schema.dialplan.rows import Place, RuleEntry
from schema.dialplan.table import RouteTable
from schema.meaning.pair import zone_of

InZone = tuple[str, str]
"""A schedule, and the zone in which it holds for whom it concerns."""


class Stop(NamedTuple):
    """Something that a call may come to."""

    kind: Literal["user", "phone", "hunt_group", "number"]
    """A phone is a user whose forwardings do not count, as for members of a hunt group."""
    name: str
    site: str | None = None
    """Of a number: where whoever dials it is."""


class Leads:
    """Of one table."""

    def __init__(self, table: RouteTable) -> None:
        self._table = table

    def all(self, first: Stop) -> tuple[Stop, ...]:
        """Everything that a call to somebody may come to, themselves first."""
        found = {first: None}
        waiting = [first]
        while waiting:
            for following in self._next(waiting.pop()):
                if following not in found:
                    found[following] = None
                    waiting.append(following)
        return tuple(found)

    def schedules(self, stop: Stop) -> frozenset[InZone]:
        """The schedules on which it depends where a call goes on to from there."""
        site, names = self._used(stop)
        zone = zone_of(self._table, site)
        return frozenset((name, zone) for name in names if name is not None)

    def _next(self, stop: Stop) -> Iterator[Stop]:
        table = self._table
        if stop.kind == "user" and stop.name in table.users:
            user = table.users[stop.name]
            yield from (Stop("number", forward.to, user.site) for forward in user.forwards)
        elif stop.kind == "hunt_group" and stop.name in table.hunt_groups:
            group = table.hunt_groups[stop.name]
            yield from (Stop("phone", member) for member in group.members)
            yield from _at(group.fallback, group.caller.site)
        elif stop.kind == "number":
            yield from self._somebody(stop.name)
            for rule in self._rules(stop.name):
                yield from _at(rule.to, stop.site)
                called = rule.transform(stop.name, table.numbering_of(stop.site))
                yield from self._somebody(called)

    def _somebody(self, number: str) -> Iterator[Stop]:
        table = self._table
        if number in table.numbers:
            yield Stop("user", table.numbers[number])
        elif number in table.group_numbers:
            yield Stop("hunt_group", table.group_numbers[number])

    def _rules(self, number: str) -> Iterator[RuleEntry]:
        rules = self._table.outgoing
        for pattern in in_order(rules.index.matching(number) & ~rules.emergency):
            yield rules.rules[rules.owners[pattern]]

    def _used(self, stop: Stop) -> tuple[str | None, list[str | None]]:
        """A site, and the schedules that hold there."""
        if stop.kind == "number":
            return stop.site, [rule.when for rule in self._rules(stop.name)]
        if stop.kind == "hunt_group":
            group = self._table.hunt_groups.get(stop.name)
            return (group.caller.site, [group.when]) if group is not None else (None, [])
        user = self._table.users.get(stop.name)
        if user is None:
            return None, []
        quiet = user.do_not_disturb if isinstance(user.do_not_disturb, str) else None
        forwards = [forward.when for forward in user.forwards] if stop.kind == "user" else []
        return user.site, [quiet, *forwards]


def _at(place: Place | None, site: str | None) -> Iterator[Stop]:
    if place is None:
        return
    if place.kind == "number":
        yield Stop("number", place.name, site)
    elif place.kind in ("user", "hunt_group"):
        yield Stop(place.kind, place.name)  # type: ignore[arg-type]
