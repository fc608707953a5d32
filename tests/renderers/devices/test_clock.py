"""Time zones as rules that phones can follow without a database."""

from datetime import UTC, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

import pytest

from renderers.devices.clock import Change, Clock, UnknownTimeZone, clock_of


@pytest.mark.parametrize(
    ("zone", "clock"),
    [
        ("UTC", Clock("UTC", 0)),
        ("Asia/Kolkata", Clock("Asia/Kolkata", 19800)),
        (
            "America/New_York",
            Clock("America/New_York", -18000, 3600, Change(3, 2, 0, 2), Change(11, 1, 0, 2)),
        ),
        (
            "Europe/Berlin",
            Clock("Europe/Berlin", 3600, 3600, Change(3, 5, 0, 2), Change(10, 5, 0, 3)),
        ),
        (
            "Australia/Sydney",
            Clock("Australia/Sydney", 36000, 3600, Change(10, 1, 0, 2), Change(4, 1, 0, 3)),
        ),
        (
            "Australia/Lord_Howe",
            Clock("Australia/Lord_Howe", 37800, 1800, Change(10, 1, 0, 2), Change(4, 1, 0, 2)),
        ),
    ],
)
def test_a_zone_is_an_offset_and_two_changes_a_year(zone: str, clock: Clock) -> None:
    assert clock_of(zone) == clock


def test_a_zone_whose_standard_time_is_in_summer_still_saves_in_summer() -> None:
    """Ireland: tzdata has a negative saving in winter, which no phone knows."""
    assert clock_of("Europe/Dublin") == Clock(
        "Europe/Dublin", 0, 3600, Change(3, 5, 0, 1), Change(10, 5, 0, 2)
    )


@pytest.mark.parametrize(
    ("zone", "start"),
    [("America/Santiago", Change(9, 1, 6, 23)), ("America/Nuuk", Change(3, 5, 0, 0))],
)
def test_a_change_outside_the_day_is_told_as_the_nearest_hour_of_it(
    zone: str, start: Change
) -> None:
    assert clock_of(zone).start == start


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("UTC", "0"),
        ("Europe/Berlin", "+1"),
        ("America/St_Johns", "-3:30"),
        ("Asia/Kolkata", "+5:30"),
    ],
)
def test_an_offset_is_written_in_hours(zone: str, hours: str) -> None:
    assert clock_of(zone).hours == hours


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../../etc/passwd", "Europe", "Europe/", "tzdata.zi", "a" * 300]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownTimeZone):
        clock_of(name)


def test_every_zone_agrees_with_the_database_in_midwinter_and_midsummer() -> None:
    """Of all 400 and more: far from the changes themselves, rules and database say the same."""
    year = 2090
    for zone in sorted(available_timezones() - {"localtime", "Factory"}):
        clock = clock_of(zone)
        for month in (1, 7):
            at = datetime(year, month, 15, 12, tzinfo=UTC).astimezone(database(zone))
            saving = timedelta(seconds=clock.saving if in_summer(clock, month) else 0)
            assert at.utcoffset() == timedelta(seconds=clock.offset) + saving, zone


def database(zone: str) -> ZoneInfo:
    """From the distribution tzdata, as the rules: the machine's own may be older."""
    path = resources.files("tzdata").joinpath("zoneinfo", *zone.split("/"))
    with path.open("rb") as file:
        return ZoneInfo.from_file(file)


def in_summer(clock: Clock, month: int) -> bool:
    if clock.start is None or clock.end is None:
        return False
    if clock.start.month < clock.end.month:
        return clock.start.month <= month < clock.end.month
    return not clock.end.month <= month < clock.start.month
