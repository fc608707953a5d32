"""The moments that stand for all, against every minute of the years."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.dialplan.holiday import holidays_of
from schema.dialplan.moments import representative_moments
from schema.dialplan.schedule import Timetable, timetable

ZONES = ["America/New_York", "Europe/Berlin", "Europe/London", "Australia/Lord_Howe", "UTC",
         "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"]  # fmt: skip
Names = frozenset[tuple[str, str]]


def state(tables: Mapping[str, Timetable], zones: Sequence[str], at: datetime) -> Names:
    return frozenset(
        (name, zone) for name, table in tables.items() for zone in zones if table.is_open(at, zone)
    )


def every_state(
    tables: Mapping[str, Timetable], zones: Sequence[str], first: date, last: date, step: int
) -> set[Names]:
    at = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC)
    found = set()
    while at < end:
        found.add(state(tables, zones, at))
        at += timedelta(minutes=step)
    return found


def of_moments(
    tables: Mapping[str, Timetable], zones: Sequence[str], first: date, last: date
) -> set[Names]:
    """What the moments are said to be, after asking the timetables themselves about each."""
    moments = representative_moments(tables, zones, (first, last))
    for moment in moments:
        assert state(tables, zones, moment.at) == moment.open
        assert first <= moment.at.date() < last
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)
    found = {moment.open for moment in moments}
    assert len(found) == len(moments)
    return found


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


DATES = st.dates(date(2025, 12, 28), date(2027, 1, 5)).map(date.isoformat)
QUARTERS = st.integers(0, 95).map(lambda quarter: quarter * 15)
HOURS = st.tuples(QUARTERS, QUARTERS).filter(lambda h: h[0] != h[1]).map(
    lambda hours: f"{clock(hours[0])}-{clock(hours[1])}"
)  # fmt: skip
DAYS = st.sampled_from(["mon-fri", "sat,sun", "sun", "fri-mon", "mon-sun", "wed"])
TABLES = st.builds(
    timetable,
    st.sampled_from([*ZONES, "", ""]),
    st.lists(st.builds("{} {}".format, DAYS, HOURS), max_size=2),
    st.lists(st.builds("{} {}".format, DATES, HOURS), max_size=3),
    st.lists(DATES, max_size=3),
)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcd"), TABLES, max_size=3),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True),
    st.dates(date(2026, 1, 1), date(2026, 11, 1)),
)
def test_no_joint_state_is_missed_and_none_invented(
    tables: dict[str, Timetable], zones: list[str], first: date
) -> None:
    """All hours and offsets are whole quarters, so that each quarter tells of all its minutes."""
    last = first + timedelta(days=40)
    assert of_moments(tables, zones, first, last) == every_state(tables, zones, first, last, 15)


@pytest.mark.parametrize(
    ("tables", "zones"),
    [
        (
            {
                "day": timetable("Europe/Berlin", ["mon-fri 09:00-17:30"], [], ["2026-12-25"]),
                "night": timetable("", ["fri 22:07-02:31"], ["2026-12-31 23:59-00:01"], []),
            },
            ["America/New_York", "Australia/Lord_Howe"],
        ),
        (
            {
                "early": timetable("Europe/London", ["sun 01:00-01:30"], [], []),
                "late": timetable("America/New_York", ["sat 21:00-22:00"], [], []),
            },
            ["UTC"],
        ),
    ],
)
def test_minute_by_minute_through_two_springs(
    tables: dict[str, Timetable], zones: list[str]
) -> None:
    first, last = date(2026, 1, 1), date(2027, 4, 2)
    assert of_moments(tables, zones, first, last) == every_state(tables, zones, first, last, 1)


def test_an_hour_that_is_shared_only_while_the_clocks_of_two_places_differ() -> None:
    """Between the changes in America and in Europe, New York is an hour nearer to Berlin."""
    tables = {
        "new_york": timetable("America/New_York", ["mon-fri 08:00-09:00"], [], []),
        "berlin": timetable("Europe/Berlin", ["mon-fri 13:00-14:00"], [], []),
    }
    moments = representative_moments(tables, ["UTC"], (date(2026, 1, 1), date(2027, 1, 1)))
    both = [moment.at for moment in moments if len(moment.open) == 2]
    assert both == [datetime(2026, 3, 9, 12, tzinfo=UTC)]
    before = representative_moments(tables, ["UTC"], (date(2026, 1, 1), date(2026, 3, 8)))
    assert all(len(moment.open) < 2 for moment in before)


def test_a_schedule_without_a_zone_is_open_by_place() -> None:
    tables = {"hours": timetable("", ["mon-sun 09:00-10:00"], [], [])}
    zones = ["Europe/Berlin", "Asia/Kathmandu"]
    moments = representative_moments(tables, zones, (date(2026, 1, 1), date(2026, 2, 1)))
    assert [sorted(moment.open) for moment in moments] == [
        [], [("hours", "Asia/Kathmandu")], [("hours", "Europe/Berlin")],
    ]  # fmt: skip


def test_no_schedules_have_one_state() -> None:
    (moment,) = representative_moments({}, ["UTC"], (date(2026, 1, 1), date(2026, 1, 2)))
    assert moment.open == frozenset()


def test_few_schedules_are_quick_over_decades() -> None:
    tables = {
        "a": timetable("Europe/Berlin", ["mon-fri 09:00-17:30"], [], holidays_of("DE", "BY")),
        "b": timetable("America/New_York", ["mon-fri 08:00-18:00"], [], holidays_of("US", "NY")),
        "c": timetable("", ["sat 22:00-06:00"], ["2026-12-24 10:00-12:00"], []),
    }
    horizon = date(2020, 1, 1), date(2046, 1, 1)
    representative_moments(tables, ["Europe/Berlin"], horizon)  # the clocks are remembered
    began = time.process_time()
    for _ in range(5):
        representative_moments(tables, ["Europe/Berlin"], horizon)
    assert (time.process_time() - began) / 5 < 0.05


def test_many_schedules_take_seconds_at_most() -> None:
    regions = ("US", "DE", "GB", "FR", "ES")
    tables = {
        f"s{n}": timetable(
            ZONES[n % 3], [f"mon-fri {clock(n * 5 % 720)}-{clock(720 + n * 5 % 700)}"], [],
            holidays_of(regions[n % 5], None),
        )
        for n in range(200)
    }  # fmt: skip
    began = time.process_time()
    moments = representative_moments(tables, ["UTC"], (date(2020, 1, 1), date(2046, 1, 1)))
    assert time.process_time() - began < 5
    assert len(moments) > 200
