"""At which moments schedules are in another state together, and how to say when that is.

Knows timetables, not what depends on them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Final, NamedTuple

from schema.dialplan.moments import representative_moments
from schema.dialplan.schedule import Timetable

EARLIEST: Final = 2026
LATEST: Final = 2100
"""Years that are looked at; no call is made before, and nobody closes an office so far ahead."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One schedule in one table, on the clocks of one place."""

    schedule: str
    side: str
    """"" where both tables have the same; else "old" or "new"."""
    zone: str
    """IANA name, of whoever is concerned."""

    @property
    def named(self) -> "Named":
        """Without the zone."""
        return self.schedule, self.side


@dataclass(frozen=True, slots=True)
class State:
    """What is open together, at least at the moment `at`."""

    open: frozenset[Clock]
    at: datetime

    @property
    def named(self) -> "frozenset[Named]":
        """What is open, without zones."""
        return frozenset(clock.named for clock in self.open)

    def schedules(self, side: str) -> frozenset[str]:
        """The schedules that are open in the "old" or the "new" table."""
        return frozenset(clock.schedule for clock in self.open if clock.side in ("", side))


def states(clocks: Sequence[tuple[Clock, Timetable]]) -> tuple[State, ...]:
    """Every joint state of the schedules, each with a moment; a single one of no schedules."""
    timetables = {
        str(place): table._replace(timezone=table.timezone or clock.zone)
        for place, (clock, table) in enumerate(clocks)
    }
    moments = representative_moments(timetables, ("UTC",), _horizon(timetables.values()))
    return tuple(
        State(frozenset(clocks[int(place)][0] for place, _ in moment.open), moment.at)
        for moment in moments
    )


def _horizon(timetables: Iterable[Timetable]) -> tuple[date, date]:
    """Whole years with all dates that schedules name, and at least one with none behind them."""
    named = {text for table in timetables for text in (*table.dates, *table.closed)}
    years = {min(max(int(text[:4]), EARLIEST), LATEST) for text in named} or {EARLIEST}
    return date(min(years), 1, 1), date(max(years) + 2, 1, 1)


Named = tuple[str, str]
"""A schedule and the side of its clock: what a condition asks for, whatever the zone."""


class Condition(NamedTuple):
    """These are open, and those are closed."""

    open: frozenset[Named] = frozenset()
    closed: frozenset[Named] = frozenset()

    def holds(self, open_: Collection[Named]) -> bool:
        """Whether it is so while just `open_` are open."""
        return self.open <= set(open_) and self.closed.isdisjoint(open_)


class Hours(NamedTuple):
    """Some of the possible states."""

    words: str
    """Such as "while office_hours is open"; empty for always."""
    any_of: tuple[Condition, ...]

    def holds(self, open_: Collection[Named]) -> bool:
        """Whether it is so while just `open_` are open."""
        return any(condition.holds(open_) for condition in self.any_of)


ALWAYS = Hours("", (Condition(),))


def hours(holding: Sequence[State], clocks: Collection[Clock], possible: Sequence[State]) -> Hours:
    """When a state is one of `holding`, of those that are possible."""
    if len(holding) == len(possible):
        return ALWAYS
    named = frozenset(clock.named for clock in clocks)
    for words, condition in _conditions(named):
        if list(holding) == [state for state in possible if condition.holds(state.named)]:
            return Hours(words, (condition,))
    first = min(state.at for state in holding)
    states_ = tuple(Condition(state.named, named - state.named) for state in holding)
    return Hours(f"at times, such as {first:%Y-%m-%d %H:%M} UTC,", states_)


def _conditions(named: Collection[Named]) -> Iterator[tuple[str, Condition]]:
    """Plain ones first, then two of them together."""
    names = sorted({name for name, _ in named})
    plain = [each for name in names for each in _of_schedule(name, named)]
    yield from plain
    for (words, one), (others, other) in combinations(plain, 2):
        both = Condition(one.open | other.open, one.closed | other.closed)
        yield f"{words} and {others}", both


def _of_schedule(name: str, named: Collection[Named]) -> Iterator[tuple[str, Condition]]:
    sides = {side: frozenset({(name, side)}) for other, side in named if other == name}
    current = sides.get("") or sides.get("new") or sides["old"]
    yield f"while {name} is open", Condition(open=current)
    yield f"while {name} is closed", Condition(closed=current)
    if "old" in sides and "new" in sides:
        old, new = sides["old"], sides["new"]
        yield f"in the hours that {name} gains", Condition(new, old)
        yield f"in the hours that {name} loses", Condition(old, new)
        yield f"in the hours that {name} keeps", Condition(old | new)
