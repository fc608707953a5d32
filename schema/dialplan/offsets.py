"""How far the clocks of time zones are from UTC, and when that changes.

Minutes are counted from the day of ordinal 0 (see datetime.date.toordinal) on, so that a minute
divided by MINUTES_OF_DAY is a day. Standard library only.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from schema.dialplan.schedule import MINUTES_OF_DAY

_STEP: Final = 3 * MINUTES_OF_DAY
"""No time zone moves its clocks there and back within it: in 2040, Gaza does in 6 days."""


class Offsets(NamedTuple):
    """What holds for several zones, from one change of any of them to the next."""

    starts: tuple[int, ...]
    """The minute from which on; the first is the beginning of what was asked for."""
    ahead: tuple[tuple[int, ...], ...]
    """For each of `starts`, how many minutes the clock of each zone is ahead of UTC."""

    def on(self, day: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """The offsets of one day, and from which minute of it on."""
        begin = day * MINUTES_OF_DAY
        at = bisect_right(self.starts, begin)
        regime = [(0, self.ahead[at - 1])]
        while at < len(self.starts) and self.starts[at] < begin + MINUTES_OF_DAY:
            regime.append((self.starts[at] - begin, self.ahead[at]))
            at += 1
        return tuple(regime)


def moment(minute: int) -> datetime:
    """The datetime of a minute, in UTC."""
    day, rest = divmod(minute, MINUTES_OF_DAY)
    return datetime.fromordinal(day).replace(tzinfo=UTC) + timedelta(minutes=rest)


@lru_cache(maxsize=64)
def offsets(zones: tuple[str, ...], first: int, last: int) -> Offsets:
    """The offsets of zones (IANA names) on the days from `first` until before `last`."""
    changes = {zone: dict(_changes(zone, first, last)) for zone in zones}
    starts = sorted({first * MINUTES_OF_DAY}.union(*changes.values()))
    now = {zone: found[starts[0]] for zone, found in changes.items()}
    ahead = []
    for start in starts:
        now |= {zone: changes[zone][start] for zone in zones if start in changes[zone]}
        ahead.append(tuple(now.values()))
    return Offsets(tuple(starts), tuple(ahead))


@lru_cache(maxsize=256)
def _changes(zone: str, first: int, last: int) -> tuple[tuple[int, int], ...]:
    """The minutes at which the offset of a zone changes, and to what; the beginning is one."""
    info = ZoneInfo(zone)
    minute, end = first * MINUTES_OF_DAY, last * MINUTES_OF_DAY
    changes = [(minute, _ahead(info, minute))]
    while minute < end:
        later = min(minute + _STEP, end)
        if _ahead(info, later) != changes[-1][1]:
            at = _first_after_change(info, minute, later)
            changes.append((at, _ahead(info, at)))
        minute = later
    return tuple(change for change in changes if change[0] < end)


def _first_after_change(info: ZoneInfo, before: int, after: int) -> int:
    """The first minute with the offset of `after`."""
    wanted = _ahead(info, after)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (before, middle) if _ahead(info, middle) == wanted else (middle, after)
    return after


def _ahead(info: ZoneInfo, minute: int) -> int:
    offset = moment(minute).astimezone(info).utcoffset() or timedelta()
    return offset // timedelta(minutes=1)
