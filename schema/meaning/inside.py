"""Who is reached when users and hunt groups are called: forwardings, members and fallbacks.

That a number is alice's is told by schema.meaning.outward and inward; here it is what happens then.
The interpreter itself is asked, at a moment for each joint state of the schedules on which it
depends. Users and hunt groups that came or went have nothing to compare.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schema.dialplan.index import PatternIndex
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.rows import UserEntry
from schema.dialplan.search import Search
from schema.dialplan.table import RouteTable
from schema.dialplan.timeline import in_time
from schema.meaning.hours import Clock, Hours, State, hours
from schema.meaning.leads import InZone, Leads, Stop
from schema.meaning.pair import Pair
from schema.meaning.touched import touched_rules


class Reached(NamedTuple):
    """Somebody who is rung, or a call that leaves."""

    kind: str
    target: str
    number: str


class Answer(NamedTuple):
    """What becomes of a call: 200, or the status of the refusal."""

    status: int
    reached: tuple[Reached, ...]

    def same(self, other: "Answer") -> bool:
        """Whether the same people are reached, in whatever order."""
        return self.status == other.status and set(self.reached) == set(other.reached)

    def without(self, other: "Answer") -> tuple[Reached, ...]:
        """Who is reached here and not there."""
        return tuple(each for each in self.reached if each not in other.reached)


@dataclass(frozen=True, slots=True)
class Called:
    """A difference in who is reached by a call to a user or hunt group."""

    called: Stop
    hours: Hours
    state: State
    was: Answer
    now: Answer


def inside(pair: Pair) -> Iterator[Called]:
    """All differences, users first."""
    asked = _Asked(pair)
    for called in asked.concerned():
        clocks = asked.clocks(called)
        possible = pair.possible(clocks)
        found: dict[tuple[Answer, Answer], list[State]] = defaultdict(list)
        for state in possible:
            was, now = (answer(table, called, state.at) for table in (pair.old, pair.new))
            if not was.same(now):
                found[was, now].append(state)
        for (was, now), holding in found.items():
            yield Called(called, hours(holding, clocks, possible), holding[0], was, now)


def answer(table: RouteTable, called: Stop, at: datetime) -> Answer:
    """What becomes of a call to a user or hunt group by nobody in particular."""
    search = Search(table, at, explain=False)
    ask = search.ring if called.kind == "user" else search.hunt
    found = ask(called.name, 0)
    steps = in_time(found.legs) if found.legs else ()
    reached = dict.fromkeys(Reached(step.kind, step.target, step.number) for step in steps)
    return Answer(found.status, tuple(reached))


class _Asked:
    """Which users and hunt groups may be answered for in another way."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._leads = Leads(pair.old), Leads(pair.new)
        touched = touched_rules(pair.old, pair.new, incoming=False)
        rules = [r for table in (pair.old, pair.new) for r in table.outgoing.rules]
        texts = {text for r in rules if r.name in touched for text in r.patterns}
        self._touching = PatternIndex([parse_pattern(text) for text in sorted(texts)])

    def concerned(self) -> Iterator[Stop]:
        """Those that something differs about on the way that their calls may take."""
        old, new = self._pair.old, self._pair.new
        for id_, user in new.users.items():
            before = old.users.get(id_)
            if before is not None and (before is not user or _depends(user)):
                yield from self._if_differing(Stop("user", id_))
        for id_ in new.hunt_groups:
            if id_ in old.hunt_groups:
                yield from self._if_differing(Stop("hunt_group", id_))

    def _if_differing(self, called: Stop) -> Iterator[Stop]:
        ways = [leads.all(called) for leads in self._leads]
        if ways[0] != ways[1] or any(map(self._differs, ways[1])):
            yield called

    def _differs(self, stop: Stop) -> bool:
        old, new = self._pair.old, self._pair.new
        before, after = (leads.schedules(stop) for leads in self._leads)
        if before != after or any(old.schedules[n] != new.schedules[n] for n, _ in before):
            return True
        if stop.kind == "number":
            return bool(self._touching.matching(stop.name)) or stop.name in self._pair.reowned
        if stop.kind == "hunt_group":
            return old.hunt_groups.get(stop.name) != new.hunt_groups.get(stop.name)
        return old.users.get(stop.name) != new.users.get(stop.name)

    def clocks(self, called: Stop) -> tuple[Clock, ...]:
        """The schedules on which the answer depends in either table."""
        old, new = (_schedules(leads, called) for leads in self._leads)
        found = []
        for name, zone in sorted(old | new):
            tables = self._pair.old.schedules, self._pair.new.schedules
            if (name, zone) in old & new and tables[0][name] == tables[1][name]:
                found.append(Clock(name, "", zone))
                continue
            found += [Clock(name, "old", zone)] if (name, zone) in old else []
            found += [Clock(name, "new", zone)] if (name, zone) in new else []
        return tuple(found)


def _depends(user: UserEntry) -> bool:
    """Whether calls to a user can change although the user does not."""
    return bool(user.forwards) or isinstance(user.do_not_disturb, str)


def _schedules(leads: Leads, called: Stop) -> frozenset[InZone]:
    return frozenset[InZone]().union(*(leads.schedules(stop) for stop in leads.all(called)))
