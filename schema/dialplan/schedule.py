"""Schedules: the hours as written, and whether a moment lies within them.

Knows time only: no rules, no files (an error carries the column inside its text). Standard
library only, because the route table's interpreter builds on it.

The clock on the wall decides. When clocks go back, the repeated hour counts both times; when they
go forward, the skipped one never comes. Hours past midnight belong to the day on which they
begin: `except` of a Friday takes Friday's night shift away, not the rest of Thursday's.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_OF_DAY = 24 * 60

_TIMES_HINT = 'hours are written "09:00-17:30"; a whole day is "00:00-24:00"'
_DAYS_HINT = f'days are {" ".join(DAYS)}, as in "mon-fri" or "sat,sun"'
_DATE_HINT = 'a date is written "2026-12-25"'


class ScheduleError(ValueError):
    """Hours that cannot be read. `column` counts the text's characters from 1."""

    def __init__(self, reason: str, column: int, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.hint = hint


class Hours(NamedTuple):
    """Minutes after midnight, `start` within and `end` not; past midnight `end` exceeds 1440."""

    start: int
    end: int


class WeeklyHours(NamedTuple):
    """Hours that begin on each of `days`, 0 for Monday."""

    days: tuple[int, ...]
    hours: Hours


class DateHours(NamedTuple):
    """Hours that begin on one date."""

    day: date
    hours: Hours


class Timetable(NamedTuple):
    """A whole schedule, ready to be asked."""

    timezone: str
    """IANA name; empty: that of whoever is concerned."""
    week: tuple[tuple[Hours, ...], ...]
    """Seven days from Monday."""
    dates: Mapping[str, tuple[Hours, ...]]
    """Hours beside the week's, by ISO date."""
    closed: frozenset[str]
    """ISO dates on which the week's hours do not hold; those of `dates` still do."""

    def is_open(self, at: datetime, zone: str = "UTC") -> bool:
        """Whether the moment `at` (aware) lies within the hours, on the clocks of its own time
        zone, or else of `zone` (IANA name)."""
        local = at.astimezone(ZoneInfo(self.timezone or zone))
        minute = local.hour * 60 + local.minute
        today = local.date()
        return _within(self._hours_on(today), minute) or _within(
            self._hours_on(today - timedelta(days=1)), minute + MINUTES_OF_DAY
        )

    def _hours_on(self, day: date) -> tuple[Hours, ...]:
        name = day.isoformat()
        weekly = () if name in self.closed else self.week[day.weekday()]
        return weekly + self.dates.get(name, ())


def _within(hours: tuple[Hours, ...], minute: int) -> bool:
    return any(start <= minute < end for start, end in hours)


def timetable(
    timezone: str, weekly: Iterable[str], dates: Iterable[str], closed: Iterable[str]
) -> Timetable:
    """Put the parts of a schedule together. Raises ScheduleError for the first unreadable one."""
    week: list[tuple[Hours, ...]] = [()] * 7
    for days, hours in map(parse_weekly, weekly):
        for day in days:
            week[day] += (hours,)
    extra: dict[str, tuple[Hours, ...]] = {}
    for on, hours in map(parse_date_hours, dates):
        extra[on.isoformat()] = (*extra.get(on.isoformat(), ()), hours)
    return Timetable(
        timezone, tuple(week), extra, frozenset(parse_date(text).isoformat() for text in closed)
    )


def parse_weekly(text: str) -> WeeklyHours:
    """Read "mon-fri 09:00-17:30", "sat,sun 10:00-14:00", "fri 22:00-02:00". ScheduleError."""
    days, column, hours = _two_words(text, _DAYS_HINT)
    return WeeklyHours(_days(days), _hours(hours, column))


def parse_date_hours(text: str) -> DateHours:
    """Read "2026-12-24 09:00-12:00". ScheduleError."""
    day, column, hours = _two_words(text, _DATE_HINT)
    return DateHours(parse_date(day), _hours(hours, column))


def parse_date(text: str) -> date:
    """Read "2026-12-25". ScheduleError."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ScheduleError(f'"{text}" is not a date', 1, _DATE_HINT)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ScheduleError(f'there is no day "{text}"', 1, _DATE_HINT) from None


def _two_words(text: str, hint: str) -> tuple[str, int, str]:
    """The first word, the column of the second, the second. ScheduleError unless there are two."""
    words = re.fullmatch(r"(\S+)(\s+)(\S+)", text)
    if words is None:
        reason = (
            f'"{text}" is not days and hours'
            if hint == _DAYS_HINT
            else f'"{text}" is not a date and hours'
        )
        raise ScheduleError(reason, 1, f"{hint}; {_TIMES_HINT}")
    return words[1], words.start(3) + 1, words[3]


def _days(text: str) -> tuple[int, ...]:
    """Days of "mon-fri" or "sat,sun" or both, in the order of the week."""
    found: set[int] = set()
    column = 1
    for part in text.split(","):
        found |= _range_of_days(part, column)
        column += len(part) + 1
    return tuple(sorted(found))


def _range_of_days(text: str, column: int) -> set[int]:
    """One day, or a range that may go over the end of the week, as in sat-mon."""
    first, dash, last = text.partition("-")
    start = _day(first, column)
    if not dash:
        return {start}
    span = (_day(last, column + len(first) + 1) - start) % 7
    return {(start + days) % 7 for days in range(span + 1)}


def _day(text: str, column: int) -> int:
    try:
        return DAYS.index(text.lower())
    except ValueError:
        raise ScheduleError(f'"{text}" is not a day', column, _DAYS_HINT) from None


def _hours(text: str, column: int) -> Hours:
    first, dash, last = text.partition("-")
    if not dash:
        raise ScheduleError(f'"{text}" names no end', column, _TIMES_HINT)
    start = _minutes(first, column)
    end = _minutes(last, column + len(first) + 1)
    if start in (end, MINUTES_OF_DAY):
        raise ScheduleError(f'"{text}" has no length', column, _TIMES_HINT)
    return Hours(start, end if end > start else end + MINUTES_OF_DAY)


def _minutes(text: str, column: int) -> int:
    """Minutes after midnight of "09:00"; "24:00" is the end of the day."""
    time = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text)
    minutes = int(time[1]) * 60 + int(time[2]) if time else MINUTES_OF_DAY + 1
    if time is None or int(time[2]) > 59 or minutes > MINUTES_OF_DAY:
        raise ScheduleError(f'"{text}" is not a time of day', column, _TIMES_HINT)
    return minutes
