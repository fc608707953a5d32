"""When a test's call takes place: in one fixed week, so that no run depends on the clock.

The week from Monday 14 to Sunday 20 December 2026: of all weeks of that year it has holidays in the
fewest countries (by the library `holidays`), and no clock is put forward or back in it.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from schema.dialplan.moment import parse_moment

WEEK = datetime(2026, 12, 14)
"""Its Monday, at midnight in whatever zone the system has."""

DEFAULT = "monday 10:00"
"""When a call takes place whose test does not say."""


def moment_of(text: str | None, timezone: str) -> datetime:
    """The moment that a test means, in an IANA zone. ValueError with a text for the user."""
    if text is not None and text.strip().lower() == "now":
        raise ValueError('"now" is another moment at each run')
    try:
        return parse_moment(text or DEFAULT, WEEK.replace(tzinfo=ZoneInfo(timezone)))
    except ValueError:
        raise ValueError(f'"{text}" is not a moment') from None
