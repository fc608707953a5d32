"""Public holidays close a schedule's weekly hours, and nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schema.dialplan.compile import compile_table
from schema.dialplan.holiday import YEARS, holidays_of, subdivisions
from schema.dialplan.schedule import Timetable, timetable
from schema.models import Schedule, System
from schema.validate import Validation


@pytest.fixture
def opened(office: System) -> Callable[..., Timetable]:
    def build(**schedule: Any) -> Timetable:
        made = Schedule.model_validate(schedule)
        return compile_table(replace(office, schedules={"hours": made})).schedules["hours"]

    return build


BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("region", "subdivision", "day", "off"),
    [
        ("US", None, "2026-07-03", True),  # in lieu of a Saturday
        ("US", None, "2026-11-26", True),  # the fourth Thursday
        ("US", "NY", "2026-02-12", True),  # Lincoln's birthday, in some states
        ("US", "TX", "2026-02-12", False),
        ("DE", None, "2026-01-06", False),
        ("DE", "BY", "2026-01-06", True),  # Epiphany
        ("DE", None, "2026-04-03", True),  # Good Friday, which moves
        ("DE", None, "2045-04-07", True),
        ("DE", None, "2046-01-01", False),  # past the window
        ("GB", "SCT", "2026-11-30", True),
        ("GB", "ENG", "2026-11-30", False),
    ],
)
def test_holidays_of_a_country_and_its_parts(
    opened: Callable[..., Timetable], region: str, subdivision: str | None, day: str, off: bool
) -> None:
    wanted = {"region": region, "subdivision": subdivision}
    hours = opened(weekly=("mon-sun 09:00-17:00",), holidays=wanted, timezone="UTC")
    assert hours.is_open(at(f"{day}T12:00", "UTC")) is not off


def test_single_dates_hold_on_holidays(opened: Callable[..., Timetable]) -> None:
    hours = opened(
        weekly=("mon-sun 09:00-17:00",), dates=("2026-12-25 10:00-12:00",),
        holidays={"region": "DE"}, timezone=BERLIN,
    )  # fmt: skip
    assert hours.is_open(at("2026-12-25T11:00", BERLIN))
    assert not hours.is_open(at("2026-12-25T12:00", BERLIN))
    assert not hours.is_open(at("2026-12-26T11:00", BERLIN))


def test_the_night_before_a_holiday_goes_on_into_it(opened: Callable[..., Timetable]) -> None:
    hours = opened(weekly=("mon-sun 22:00-06:00",), holidays={"region": "DE"}, timezone=BERLIN)
    assert hours.is_open(at("2026-10-03T05:00", BERLIN))
    assert not hours.is_open(at("2026-10-03T23:00", BERLIN))
    assert not hours.is_open(at("2026-10-04T05:00", BERLIN))
    assert hours.is_open(at("2026-10-04T22:00", BERLIN))


def test_every_known_country_and_part_gives_dates_of_the_window() -> None:
    for region in ("US", "DE", "GB", "FR", "JP", "ES", "IN"):
        for part in (None, *subdivisions()[region]):
            days = holidays_of(region, part)
            assert len(days) > 4 * len(YEARS)
            assert min(days) >= "2020-01-01"
            assert max(days) <= "2046-01-01"


@pytest.mark.parametrize(("region", "part"), [("ZZ", None), ("DE", "ZZ")])
def test_what_validation_refuses_has_no_holidays(region: str, part: str | None) -> None:
    assert holidays_of(region, part) == frozenset()


def test_a_mistyped_part_is_pointed_at(check: Callable[..., Validation]) -> None:
    found = check(
        "schedules:\n  h: {weekly: ['mon 09:00-10:00'], holidays: {region: US, subdivision: ny}}\n"
    )
    (unknown,) = (d for d in found.diagnostics if d.code == "PBX1351")
    assert unknown.hint == 'did you mean "NY"?'


def minutes(zone: str, first: str, last: str) -> Iterator[tuple[datetime, datetime]]:
    """Each minute between two UTC times, with what clocks of the zone show."""
    now, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (first, last))
    while now < end:
        yield now, now.astimezone(ZoneInfo(zone))
        now += timedelta(minutes=1)


@pytest.mark.parametrize(
    ("zone", "hours", "first", "last", "open_minutes"),
    [
        # 01:30-03:30 by the clock: an hour less when clocks go forward, one more when back.
        (NEW_YORK, "sun 01:30-03:30", "2026-03-08T00:00", "2026-03-09T04:00", 60),
        (NEW_YORK, "sun 01:30-03:30", "2026-11-01T00:00", "2026-11-02T05:00", 150),
        (BERLIN, "sun 01:30-03:30", "2026-03-29T00:00", "2026-03-29T22:00", 60),
        (BERLIN, "sun 01:30-03:30", "2026-10-24T12:00", "2026-10-25T23:00", 180),
        (BERLIN, "sat 22:00-06:00", "2026-03-28T00:00", "2026-03-29T22:00", 7 * 60),
        (BERLIN, "sat 22:00-06:00", "2026-10-24T00:00", "2026-10-25T23:00", 9 * 60),
        ("Europe/London", "sun 01:00-02:00", "2026-03-29T00:00", "2026-03-29T23:00", 0),
        ("Europe/London", "sun 01:00-02:00", "2026-10-25T00:00", "2026-10-25T23:00", 120),
        # Lord Howe Island moves its clocks by half an hour.
        ("Australia/Lord_Howe", "sun 01:45-02:45", "2026-10-03T00:00", "2026-10-04T12:00", 30),
        ("Australia/Lord_Howe", "sun 01:45-02:45", "2026-04-04T00:00", "2026-04-05T12:00", 75),
    ],
)  # fmt: skip
def test_nights_when_clocks_change(
    zone: str, hours: str, first: str, last: str, open_minutes: int
) -> None:
    table = timetable(zone, (hours,), (), ())
    held = [now for now, _ in minutes(zone, first, last) if table.is_open(now)]
    assert len(held) == open_minutes


@pytest.mark.parametrize("zone", [NEW_YORK, BERLIN, "Europe/London", "Australia/Lord_Howe"])
@pytest.mark.parametrize("window", [("2026-03-07", "2026-04-06"), ("2026-10-03", "2026-11-03")])
def test_the_clock_on_the_wall_decides_whatever_it_does(zone: str, window: tuple[str, str]) -> None:
    """Against the words of the schedule, for every minute around the changes of all four zones."""
    table = timetable(zone, ("sat,sun 01:30-02:15", "sat 22:00-02:45"), (), ())
    for now, wall in minutes(zone, *window):
        day, minute = wall.weekday(), wall.hour * 60 + wall.minute
        weekend = day in (5, 6) and 90 <= minute < 135
        night = (day == 5 and minute >= 22 * 60) or (day == 6 and minute < 165)
        assert table.is_open(now) == (weekend or night), wall
