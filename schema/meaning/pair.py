"""Two route tables beside each other, and what is asked of both again and again."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from schema.automata.alphabet import is_number
from schema.dialplan.index import in_order
from schema.dialplan.rows import RuleEntry
from schema.dialplan.table import RouteTable, RuleSet
from schema.meaning.behaviour import Behaviour, Case, Owner
from schema.meaning.difference import Found
from schema.meaning.hours import Clock, State, hours, states
from schema.meaning.space import numberings
from schema.meaning.writing import splits

At = Callable[[frozenset[str]], Behaviour]
"""What becomes of a call while these schedules are open."""


class Zones(NamedTuple):
    """Schedules that something depends on, and the zone in which they hold for it."""

    schedules: tuple[str, ...]
    zone: str


class Pair:
    """The old table and the new one."""

    def __init__(self, old: RouteTable, new: RouteTable) -> None:
        self.old, self.new = old, new
        self.numberings = numberings(old, new)
        self._states: dict[tuple[Clock, ...], tuple[State, ...]] = {}

    @cached_property
    def reowned(self) -> frozenset[str]:
        """Numbers that are not the same user's or hunt group's in both."""
        found: set[str] = set()
        for before, after in (
            (self.old.numbers, self.new.numbers),
            (self.old.group_numbers, self.new.group_numbers),
        ):
            if before is not after:
                found.update(number for number, _ in before.items() ^ after.items())
        return frozenset(filter(is_number, found))

    @cached_property
    def owned(self) -> frozenset[str]:
        """All numbers of users and hunt groups."""
        maps = (t for table in (self.old, self.new) for t in (table.numbers, table.group_numbers))
        return frozenset(number for numbers in maps for number in numbers if is_number(number))

    def steady(self, old_site: str | None, new_site: str | None) -> frozenset[str]:
        """Schedules that are open at the same moments in both tables, for somebody at a site."""
        zones = zone_of(self.old, old_site), zone_of(self.new, new_site)
        return frozenset(
            name
            for name, table in self.new.schedules.items()
            if table == self.old.schedules.get(name) and (table.timezone or zones[0] == zones[1])
        )

    def case(self, number: str, old: RuleSet, new: RuleSet) -> Case:
        """The case of one number of somebody's; those of who came or went are alike."""
        rules = tuple(_matching(old, number)), tuple(_matching(new, number))
        told_apart = any(
            next(splits(rule, self.numberings), None) for each in rules for rule in each
        )
        before, after = (self._somebody(owner_of(t, number)) for t in (self.old, self.new))
        return Case(rules[0], rules[1], number if told_apart else "", before, after)

    def _somebody(self, owner: Owner | None) -> Owner | None:
        """The owner, without a name where there is nothing to compare it with."""
        if owner is None:
            return None
        kind, id_ = owner
        tables = (self.old, self.new)
        known = all(id_ in (t.users if kind == "user" else t.hunt_groups) for t in tables)
        return owner if known else (kind, "")

    def found(
        self, labels: frozenset[int], clocks: tuple[Clock, ...], was_at: At, now_at: At
    ) -> Iterator[Found]:
        """What differs, and when."""
        possible = self.possible(clocks)
        found: dict[tuple[Behaviour, Behaviour], list[State]] = defaultdict(list)
        for state in possible:
            was, now = was_at(state.schedules("old")), now_at(state.schedules("new"))
            if not was.same(now):
                found[was, now].append(state)
        for (was, now), holding in found.items():
            yield Found(labels, hours(holding, clocks, possible), holding[0].at, was, now)

    def clocks(self, old: Zones, new: Zones) -> tuple[Clock, ...]:
        """The schedules that something depends on in either table."""
        found = []
        for name in sorted({*old.schedules, *new.schedules}):
            before, after = self.old.schedules.get(name), self.new.schedules.get(name)
            fixed = before is not None and before.timezone
            if before == after and (fixed or old.zone == new.zone):
                found.append(Clock(name, "", old.zone))
                continue
            found += [Clock(name, "old", old.zone)] if name in old.schedules else []
            found += [Clock(name, "new", new.zone)] if name in new.schedules else []
        return tuple(found)

    def possible(self, clocks: tuple[Clock, ...]) -> tuple[State, ...]:
        """Every joint state of some clocks."""
        if clocks not in self._states:
            tables = [self.new if clock.side == "new" else self.old for clock in clocks]
            timetables = [t.schedules[c.schedule] for c, t in zip(clocks, tables, strict=True)]
            self._states[clocks] = states(list(zip(clocks, timetables, strict=True)))
        return self._states[clocks]


def owner_of(table: RouteTable, number: str) -> Owner | None:
    """Whose number it is."""
    user = table.numbers.get(number)
    if user is not None:
        return "user", user
    group = table.group_numbers.get(number)
    return None if group is None else ("hunt_group", group)


def zone_of(table: RouteTable, site: str | None) -> str:
    """The zone of schedules without one, for somebody at a site."""
    entry = table.sites.get(site) if site else None
    return table.timezone if entry is None else entry.timezone


def _matching(rules: RuleSet, number: str) -> Iterator[RuleEntry]:
    found = {rules.owners[pattern]: None for pattern in in_order(rules.index.matching(number))}
    return (rules.rules[place] for place in found)
