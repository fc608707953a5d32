from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from schema.dialplan.moment import parse_moment

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 13, 0, tzinfo=ZONE)  # a Monday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("14:30", datetime(2026, 11, 23, 14, 30, tzinfo=ZONE)),
        ("09:00", datetime(2026, 11, 24, 9, 0, tzinfo=ZONE)),
        ("sunday 02:00", datetime(2026, 11, 29, 2, 0, tzinfo=ZONE)),
        ("Mon 12:00", datetime(2026, 11, 30, 12, 0, tzinfo=ZONE)),
        ("mon 13:00", NOW),
        ("2026-12-25 10:00", datetime(2026, 12, 25, 10, 0, tzinfo=ZONE)),
        ("2026-12-25T10:00+01:00", datetime.fromisoformat("2026-12-25T10:00+01:00")),
    ],
)
def test_a_moment_is_read_as_people_write_it(text: str, expected: datetime) -> None:
    assert parse_moment(text, NOW) == expected


@pytest.mark.parametrize("text", ["", "soon", "25:00", "s 10:00", "sunday", "2026-13-01 10:00"])
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r'write "now"'):
        parse_moment(text, NOW)
