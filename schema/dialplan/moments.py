"""A few moments that stand for all: at which times, taken together, schedules are open or closed.

Whoever proves something about every moment needs to look at one of each joint state only. Knows
timetables, not what depends on them. Standard library only.

What happens on a day (of UTC) follows from its weekday, from how far the clocks of the time zones
are from UTC, and from the single dates around it. Years have many days and few kinds of days, so
one of each kind is looked at, at the minutes at which something opens or closes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from schema.dialplan.index import in_order
from schema.dialplan.offsets import Offsets, moment, offsets
from schema.dialplan.schedule import MINUTES_OF_DAY, Hours, Timetable

_NEAR: Final = (-2, -1, 0, 1)
"""Days from a day of UTC to the dates that clocks show during it, and to the one before them, whose
night reaches in."""

Intervals = tuple[tuple[int, int], ...]
"""Minutes of a day, in order and apart from each other; the second is not within."""
Regime = tuple[tuple[int, tuple[int, ...]], ...]
"""From which minute of a day on, how many minutes the clock of each zone is ahead of UTC."""
Single = tuple[bool, tuple[Hours, ...]]
"""Of one date in a timetable: whether it is closed to the hours of the week, and further hours."""


class Moment(NamedTuple):
    """One moment, for one joint state."""

    at: datetime
    """UTC, a whole minute."""
    open: frozenset[tuple[str, str]]
    """All that is open then: the schedule, and the time zone of whoever is concerned."""


def representative_moments(
    timetables: Mapping[str, Timetable], zones: Iterable[str], horizon: tuple[date, date]
) -> tuple[Moment, ...]:
    """Moments such that each joint state that occurs at all occurs at exactly one of them.

    The state is that of each timetable in each of `zones` (IANA names), which make a difference
    for timetables without a zone of their own. `horizon`: the first day, in UTC, that is looked at,
    and the first that is not. Moments come in the order of time.
    """
    together = _Together(timetables, sorted(set(zones)))
    found: dict[int, int] = {}
    for day, regime in together.kinds_of_days(horizon[0].toordinal(), horizon[1].toordinal()):
        for minute, state in together.states(day, regime):
            found.setdefault(state, day * MINUTES_OF_DAY + minute)
    return tuple(Moment(moment(minute), together.names(state)) for state, minute in found.items())


class _Special(NamedTuple):
    """What is special about one date: sets of timetables, as integers."""

    closed: int = 0
    longer: int = 0
    """Timetables with further hours."""
    hours: tuple[tuple[int, tuple[Hours, ...]], ...] = ()
    """Those hours, by timetable."""

    def single(self, place: int) -> Single:
        """What that means for one timetable."""
        further = dict(self.hours)[place] if self.longer >> place & 1 else ()
        return bool(self.closed >> place & 1), further


_NOT_SPECIAL: Final = _Special()
_USUAL: Final[tuple[Single, ...]] = ((False, ()),) * len(_NEAR)


class _Together:
    """Timetables, each in a time zone; what is equal counts once. A set of them is an integer."""

    def __init__(self, timetables: Mapping[str, Timetable], zones: Sequence[str]) -> None:
        names: dict[object, list[tuple[str, str]]] = {}
        tables: dict[object, Timetable] = {}
        for name, table in timetables.items():
            for zone in zones:
                own = table._replace(timezone=table.timezone or zone)
                key = (own.timezone, own.week, tuple(own.dates.items()), own.closed)
                names.setdefault(key, []).append((name, zone))
                tables[key] = own
        self._names = list(names.values())
        self._tables = list(tables.values())
        self._zones = tuple(sorted({table.timezone for table in self._tables}))
        self._zone_of = [self._zones.index(table.timezone) for table in self._tables]
        self._special = _special_dates(self._tables)
        self._weeks: dict[object, tuple[list[Intervals], dict[int, int]]] = {}
        self._known: dict[object, Intervals] = {}
        self._eights: dict[tuple[int, int], tuple[tuple[str, str], ...]] = {}

    def names(self, state: int) -> frozenset[tuple[str, str]]:
        """The names of a set: put together by eight members at a time, as sets are many."""
        parts = enumerate(state.to_bytes(len(self._names) // 8 + 1, "little"))
        return frozenset(chain.from_iterable([self._eight(*part) for part in parts]))

    def _eight(self, at: int, members: int) -> tuple[tuple[str, str], ...]:
        if (at, members) not in self._eights:
            names = (self._names[8 * at + place] for place in in_order(members))
            self._eights[at, members] = tuple(chain.from_iterable(names))
        return self._eights[at, members]

    def kinds_of_days(self, first: int, last: int) -> Iterator[tuple[int, Regime]]:
        """The first day of each kind, from `first` until before `last`, and its offsets."""
        clocks = offsets(self._zones, first, last)
        unusual = {special - near for special in self._special for near in _NEAR}
        unusual |= {start // MINUTES_OF_DAY for start in clocks.starts}
        days = {day for day in unusual if first <= day < last}
        days.update(_usual_days(clocks, unusual, last))
        numbers = {each: number for number, each in enumerate(set(self._special.values()))}
        special = {day: numbers[each] for day, each in self._special.items()}.get
        kinds: set[object] = set()
        for day in sorted(days):
            regime = clocks.on(day)
            around = special(day - 2), special(day - 1), special(day), special(day + 1)
            kind = (day % 7, regime, around)
            if kind not in kinds:
                kinds.add(kind)
                yield day, regime

    def states(self, day: int, regime: Regime) -> Iterator[tuple[int, int]]:
        """What is open on a day: from which minute of it on, and the set."""
        usual, changes = self._usual(day, regime)
        changes = changes.copy()
        around = [self._special.get(day + near, _NOT_SPECIAL) for near in _NEAR]
        concerned = 0
        for special in around:
            concerned |= special.closed | special.longer
        for place in in_order(concerned):
            singles = tuple([special.single(place) for special in around])
            instead = self._intervals(place, day, regime, singles)
            if instead != usual[place]:
                _toggle(changes, 1 << place, usual[place])
                _toggle(changes, 1 << place, instead)
        state = 0
        for minute in sorted(changes):
            state ^= changes[minute]
            yield minute, state

    def _usual(self, day: int, regime: Regime) -> tuple[list[Intervals], dict[int, int]]:
        """When each is open on such a day without special dates, and what that makes of a set."""
        key = (day % 7, regime)
        if key not in self._weeks:
            every = range(len(self._tables))
            usual = [self._intervals(place, day, regime, _USUAL) for place in every]
            changes = {0: 0}
            for place, intervals in enumerate(usual):
                _toggle(changes, 1 << place, intervals)
            self._weeks[key] = usual, changes
        return self._weeks[key]

    def _intervals(
        self, place: int, day: int, regime: Regime, singles: tuple[Single, ...]
    ) -> Intervals:
        zone = self._zone_of[place]
        ahead = tuple([(start, each[zone]) for start, each in regime])
        key = (place, day % 7, ahead, singles)
        if key not in self._known:
            self._known[key] = _intervals(self._tables[place].week, day, ahead, singles)
        return self._known[key]


def _toggle(changes: dict[int, int], member: int, intervals: Intervals) -> None:
    """Let a member come and go; what comes and goes again at one minute does nothing there."""
    for start, end in intervals:
        changes[start] = changes.get(start, 0) ^ member
        if end < MINUTES_OF_DAY:
            changes[end] = changes.get(end, 0) ^ member


def _special_dates(tables: Iterable[Timetable]) -> dict[int, _Special]:
    """By the ordinal of a date."""
    closed: dict[int, int] = defaultdict(int)
    hours: dict[int, list[tuple[int, tuple[Hours, ...]]]] = defaultdict(list)
    for place, table in enumerate(tables):
        for day in _ordinals(table.closed):
            if _of_weekday(table.week, day):
                closed[day] |= 1 << place
        for text, further in table.dates.items():
            hours[date.fromisoformat(text).toordinal()].append((place, further))
    return {
        day: _Special(closed[day], sum(1 << place for place, _ in hours[day]), tuple(hours[day]))
        for day in {*closed, *hours}
    }


def _of_weekday(week: tuple[tuple[Hours, ...], ...], day: int) -> tuple[Hours, ...]:
    return week[(day - 1) % 7]  # the day of ordinal 1 was a Monday


@lru_cache(maxsize=64)
def _ordinals(days: frozenset[str]) -> tuple[int, ...]:
    return tuple([date.fromisoformat(day).toordinal() for day in days])


def _usual_days(clocks: Offsets, unusual: Collection[int], last: int) -> Iterator[int]:
    """For each difference of the clocks a day of each weekday that is not unusual, if there is."""
    seen: dict[tuple[int, ...], set[int]] = defaultdict(set)
    ends = [*clocks.starts[1:], last * MINUTES_OF_DAY]
    for start, ahead, end in zip(clocks.starts, clocks.ahead, ends, strict=True):
        weekdays = seen[ahead]
        day = -(-start // MINUTES_OF_DAY)
        while len(weekdays) < 7 and day < end // MINUTES_OF_DAY:
            if day not in unusual and day % 7 not in weekdays:
                weekdays.add(day % 7)
                yield day
            day += 1


def _intervals(
    week: tuple[tuple[Hours, ...], ...],
    day: int,
    ahead: tuple[tuple[int, int], ...],
    singles: tuple[Single, ...],
) -> Intervals:
    """When a timetable is open on a day, whose clock is `ahead` of UTC from some minutes on."""
    on_the_wall = [
        (near * MINUTES_OF_DAY + start, near * MINUTES_OF_DAY + end)
        for near, (closed, further) in zip(_NEAR, singles, strict=True)
        for start, end in (*(() if closed else _of_weekday(week, day + near)), *further)
    ]
    ends = [*(start for start, _ in ahead[1:]), MINUTES_OF_DAY]
    return _apart(
        (max(start - offset, since), min(end - offset, until))
        for (since, offset), until in zip(ahead, ends, strict=True)
        for start, end in on_the_wall
    )


def _apart(intervals: Iterable[tuple[int, int]]) -> Intervals:
    """The same minutes in intervals that neither overlap nor touch."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return tuple(apart)
