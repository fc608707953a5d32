"""Time zones as phones want them: an offset and yearly rules, not a name.

The rules come from the last line of a TZif file (RFC 8536 section 3.3), a POSIX TZ string that
says what holds from now on. No clock is read, so a profile made today equals one made next year.
Knows nothing of phones; each family's template writes the numbers in its own notation.
"""

import re
import zoneinfo
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path

_NAME = r"(?:<[^>]+>|[A-Za-z]{3,})"
_OFFSET = r"[+-]?\d{1,3}(?::\d{2}){0,2}"
_POSIX = re.compile(
    rf"(?P<std>{_NAME})(?P<offset>{_OFFSET})"
    rf"(?:(?P<dst>{_NAME})(?P<dst_offset>{_OFFSET})?"
    rf",(?P<start>[^,]+),(?P<end>[^,]+))?"
)
_RULE = re.compile(rf"M(\d{{1,2}})\.([1-5])\.([0-6])(?:/({_OFFSET}))?")


class UnknownTimeZone(ValueError):  # noqa: N818 (reads as what it says)
    """`name` is no IANA time zone, or one whose rule no phone can be told."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no time zone is called {name!r}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Change:
    """When the clock is moved each year, in the local time that holds until then."""

    month: int
    week: int
    """1 to 4, or 5 for the last in the month."""
    weekday: int
    """0 is Sunday."""
    hour: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A time zone's rule. Offsets in seconds east of Greenwich; `saving` is added in summer."""

    name: str
    offset: int
    saving: int = 0
    start: Change | None = None
    end: Change | None = None
    posix: str = field(default="", compare=False)
    """The rule as a POSIX TZ string, for phones that read those: "CET-1CEST,M3.5.0,M10.5.0/3"."""

    @property
    def hours(self) -> str:
        """The offset as "+1", "-3:30", "0"."""
        hours, minutes = divmod(abs(self.offset) // 60, 60)
        sign = "" if not self.offset else "-" if self.offset < 0 else "+"
        return f"{sign}{hours}:{minutes:02}" if minutes else f"{sign}{hours}"


@lru_cache(maxsize=512)
def clock_of(name: str) -> Clock:
    """The rule of an IANA time zone. Raises UnknownTimeZone."""
    posix = _footer(name)
    parsed = _POSIX.fullmatch(posix)
    if parsed is None:
        raise UnknownTimeZone(name)
    offset = -_seconds(parsed["offset"])
    if parsed["dst"] is None:
        return Clock(name, offset, posix=posix)
    summer = -_seconds(parsed["dst_offset"]) if parsed["dst_offset"] else offset + 3600
    start, end = _change(name, parsed["start"]), _change(name, parsed["end"])
    if summer < offset:  # Europe/Dublin: its standard time is that of summer
        return Clock(name, summer, offset - summer, end, start, posix)
    return Clock(name, offset, summer - offset, start, end, posix)


def _footer(name: str) -> str:
    """The POSIX TZ string at the end of the zone's file.

    Of the tzdata distribution, so that all machines agree; the machine's own database is asked
    only for names that are not in there.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}", name):
        raise UnknownTimeZone(name)
    for database in (resources.files("tzdata") / "zoneinfo", *map(Path, zoneinfo.TZPATH)):
        try:
            data = database.joinpath(*name.split("/")).read_bytes()
        except OSError:
            continue
        if data.startswith(b"TZif"):
            return data.rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("ascii", "replace")
    raise UnknownTimeZone(name)


def _change(name: str, text: str) -> Change:
    """One rule. Hours outside the day (RFC 8536 allows -167 to 167) become the nearest phones know.

    24:00 is told as 23:00 of that day: wrong for an hour in the night, twice a year, where moving
    to the next day would sometimes be wrong for a week. More than a day is moved by whole days.
    """
    rule = _RULE.fullmatch(text)
    if rule is None:
        raise UnknownTimeZone(name)
    month, week, weekday = int(rule[1]), int(rule[2]), int(rule[3])
    hours = _seconds(rule[4] or "2") // 3600
    if hours <= 24:
        return Change(month, week, weekday, min(max(hours, 0), 23))
    return Change(month, week, (weekday + hours // 24) % 7, hours % 24)


def _seconds(text: str) -> int:
    """Seconds of "5", "-3:30" or "+1:00:00"."""
    sign = -1 if text.startswith("-") else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    return sign * sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
