from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.dialplan.schedule import (
    DateHours,
    Hours,
    ScheduleError,
    Timetable,
    WeeklyHours,
    parse_date,
    parse_date_hours,
    parse_weekly,
    timetable,
)

NEW_YORK = ZoneInfo("America/New_York")


def hours_in_new_york(
    *weekly: str, dates: tuple[str, ...] = (), closed: tuple[str, ...] = ()
) -> Timetable:
    return timetable("America/New_York", weekly, dates, closed)


def local(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK, fold=fold)


@pytest.mark.parametrize(
    ("text", "days", "hours"),
    [
        ("mon-fri 09:00-17:30", (0, 1, 2, 3, 4), (540, 1050)),
        ("sat,sun 10:00-14:00", (5, 6), (600, 840)),
        ("sat-mon 8:00-9:00", (0, 5, 6), (480, 540)),
        ("mon-tue,fri 00:00-24:00", (0, 1, 4), (0, 1440)),
        ("Fri 22:00-02:00", (4,), (1320, 1560)),
        ("fri 22:00-00:00", (4,), (1320, 1440)),
    ],
)
def test_weekly_hours_are_read(text: str, days: tuple[int, ...], hours: tuple[int, int]) -> None:
    assert parse_weekly(text) == WeeklyHours(days, Hours(*hours))


def test_dates_are_read() -> None:
    assert parse_date("2026-12-25") == date(2026, 12, 25)
    expected = DateHours(date(2026, 12, 24), Hours(540, 720))
    assert parse_date_hours("2026-12-24 09:00-12:00") == expected


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("mon-fri", 1),
        ("", 1),
        ("mon 09:00 - 17:00", 1),
        ("mon-fry 09:00-17:00", 5),
        ("sat,son 09:00-17:00", 5),
        ("mon 09:00", 5),
        ("mon 9-17", 5),
        ("mon 09:00-17:60", 11),
        ("mon 09:00-24:01", 11),
        ("mon 24:00-02:00", 5),
        ("mon 09:00-09:00", 5),
    ],
)
def test_unreadable_weekly_hours_name_column_and_remedy(text: str, column: int) -> None:
    with pytest.raises(ScheduleError) as caught:
        parse_weekly(text)
    assert caught.value.column == column
    assert caught.value.hint


@pytest.mark.parametrize("text", ["2026-02-30", "25.12.2026", "20261225", "2026-W01-1", ""])
def test_unreadable_date_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError, match=r"day|date"):
        parse_date(text)


def test_hours_include_their_start_and_not_their_end() -> None:
    office = hours_in_new_york("mon-fri 09:00-17:30")
    assert not office.is_open(local("2026-03-02T08:59:59"))
    assert office.is_open(local("2026-03-02T09:00"))
    assert office.is_open(local("2026-03-02T17:29:59"))
    assert not office.is_open(local("2026-03-02T17:30"))
    assert not office.is_open(local("2026-03-01T12:00"))


def test_the_moment_is_read_in_the_schedules_time_zone() -> None:
    office = hours_in_new_york("mon 09:00-10:00")
    assert office.is_open(datetime(2026, 1, 5, 14, 30, tzinfo=UTC))
    assert office.is_open(datetime(2026, 7, 6, 13, 30, tzinfo=UTC))
    assert not office.is_open(datetime(2026, 7, 6, 14, 30, tzinfo=UTC))


def test_hours_over_midnight_belong_to_the_day_they_begin() -> None:
    night = hours_in_new_york("thu-fri 22:00-02:00", closed=("2026-12-25",))
    assert night.is_open(local("2026-12-25T01:59"))
    assert not night.is_open(local("2026-12-25T23:00"))
    assert not night.is_open(local("2026-12-26T01:00"))
    assert night.is_open(local("2026-12-19T01:00"))
    assert not night.is_open(local("2026-12-19T02:00"))


def test_a_date_adds_hours_even_where_the_week_is_excepted() -> None:
    eve = hours_in_new_york(
        "mon-fri 09:00-17:00", dates=("2026-12-24 09:00-12:00",), closed=("2026-12-24",)
    )
    assert eve.is_open(local("2026-12-24T11:00"))
    assert not eve.is_open(local("2026-12-24T13:00"))
    assert eve.is_open(local("2026-12-23T13:00"))


def test_the_skipped_hour_never_comes() -> None:
    spring = hours_in_new_york("sun 02:00-03:00")
    start = local("2026-03-08T00:00").astimezone(UTC)
    assert not any(spring.is_open(start + timedelta(minutes=m)) for m in range(0, 23 * 60, 10))
    assert spring.is_open(local("2026-03-15T02:30"))


def test_the_repeated_hour_counts_both_times() -> None:
    autumn = hours_in_new_york("sun 01:00-02:00")
    start = local("2026-11-01T00:00").astimezone(UTC)
    open_minutes = [m for m in range(24 * 60) if autumn.is_open(start + timedelta(minutes=m))]
    assert open_minutes == list(range(60, 180))
    assert autumn.is_open(local("2026-11-01T01:30", fold=1))


@given(
    st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440),
    st.datetimes(datetime(2026, 1, 2), datetime(2026, 12, 30)),
)  # fmt: skip
def test_opening_agrees_with_counting_minutes_of_the_week(
    day: int, start: int, length: int, moment: datetime
) -> None:
    end = (start + length) % 1440
    if end == start:
        return
    text = f"{('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')[day]} {_clock(start)}-{_clock(end)}"
    minute = moment.weekday() * 1440 + moment.hour * 60 + moment.minute
    naive = (minute - (day * 1440 + start)) % (7 * 1440) < length
    assert timetable("UTC", [text], [], []).is_open(moment.replace(tzinfo=UTC)) == naive


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@given(st.text("montuefri-, 0:9\u0663", max_size=20))
def test_any_text_is_read_or_fails_with_a_column_inside_it(text: str) -> None:
    assert 1 <= _column_of_error(text) <= max(1, len(text))


def _column_of_error(text: str) -> int:
    try:
        parse_weekly(text)
    except ScheduleError as error:
        return error.column
    return 1
