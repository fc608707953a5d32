from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from schema.dialplan.moment import parse_moment

NOW = datetime(2026, 3, 4, 12, 30, tzinfo=ZoneInfo("America/New_York"))  # a Wednesday


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2026-03-04T12:30-05:00"),
        ("14:30", "2026-03-04T14:30-05:00"),
        ("08:00", "2026-03-05T08:00-05:00"),
        ("sunday 01:00", "2026-03-08T01:00-05:00"),
        ("Sun 12:00", "2026-03-08T12:00-04:00"),
        ("wed 12:30", "2026-03-04T12:30-05:00"),
        ("wed 12:00", "2026-03-11T12:00-04:00"),
        ("2026-12-25 10:00", "2026-12-25T10:00-05:00"),
        ("2026-12-25T10:00+01:00", "2026-12-25T10:00+01:00"),
    ],
)
def test_a_moment_is_the_next_one_that_fits(text: str, moment: str) -> None:
    read = parse_moment(text, NOW)
    assert read.astimezone(UTC) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("text", ["", "soon", "funday 02:00", "25:00", "sunday", "sun 2pm"])
def test_another_text_is_answered_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time: write"):
        parse_moment(text, NOW)
