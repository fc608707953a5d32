"""At which moments which schedules are open together.

A schedule without a time zone holds in that of whoever is concerned, so it is asked about with a
zone. A few moments stand for all there are. For each schedule those in which it is open are kept as
one integer, so that joint states are a matter of `&`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from schema.dialplan.moments import representative_moments
from schema.dialplan.schedule import Timetable

ORDINARY_YEAR = 2026
"""Looked at in any case: one without single dates shows how weeks go."""

InZone = tuple[str, str]
"""A schedule, and the time zone in which it holds unless it names one."""


class Hours:
    """The schedules of a plan, for people in some time zones."""

    def __init__(self, timetables: Mapping[str, Timetable], zones: Iterable[str]) -> None:
        moments = representative_moments(timetables, zones, _horizon(timetables.values()))
        self._moments = [moment.at for moment in moments]
        self._all = (1 << len(moments)) - 1
        places: dict[InZone, list[int]] = defaultdict(list)
        for place, moment in enumerate(moments):
            for each in moment.open:
                places[each].append(place)
        self._open = {each: _moment_set(found) for each, found in places.items()}

    def when(self, open_: Iterable[InZone], closed: Iterable[InZone] = ()) -> datetime | None:
        """A moment at which all of the first are open and none of the others, if there is one."""
        found = self._all
        for each in open_:
            found &= self._open.get(each, 0)
        for each in closed:
            found &= ~self._open.get(each, 0)
        return self._moments[(found & -found).bit_length() - 1] if found else None

    def always(self) -> datetime:
        """Any moment, for what holds at all."""
        return self._moments[0]

    def states(
        self, each: Iterable[InZone], open_: Iterable[InZone] = ()
    ) -> Iterator[tuple[frozenset[InZone], datetime]]:
        """Which of `each` are open together while all of the others are, with a moment for each
        combination."""
        everything = self._all
        for one in open_:
            everything &= self._open.get(one, 0)
        found: dict[frozenset[InZone], int] = {frozenset(): everything} if everything else {}
        for one in dict.fromkeys(each):
            within = self._open.get(one, 0)
            split = [(names | {one}, held & within) for names, held in found.items()]
            split += [(names, held & ~within) for names, held in found.items()]
            found = {names: held for names, held in split if held}
        for names, held in found.items():
            yield names, self._moments[(held & -held).bit_length() - 1]


def _horizon(timetables: Iterable[Timetable]) -> tuple[date, date]:
    """From the year of the first single date on, to the end of the one after the last."""
    days = [day for table in timetables for day in (*table.dates, *table.closed)]
    years = [int(day[:4]) for day in days] + [ORDINARY_YEAR]
    return date(min(years), 1, 1), date(max(years) + 2, 1, 1)


def _moment_set(places: Iterable[int]) -> int:
    bits = bytearray()
    for place in places:
        if place >> 3 >= len(bits):
            bits.extend(bytes((place >> 3) + 1 - len(bits)))
        bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")
