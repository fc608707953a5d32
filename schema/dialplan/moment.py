"""Moments as people write them on a command line: "now", "sunday 02:00", "2026-12-25 10:00"."""

from datetime import datetime, time, timedelta

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_moment(text: str, now: datetime) -> datetime:
    """Read a moment in the time zone of `now` (aware): the next one that fits, for a bare time.

    Understands "now", "14:30", "sun 02:00", "sunday 02:00" and ISO 8601 with or without a zone.
    Raises ValueError with a text for the user.
    """
    words = text.strip().lower().split()
    if words == ["now"]:
        return now
    try:
        if len(words) == 1 and ":" in words[0] and "-" not in words[0]:
            return _next(now, None, time.fromisoformat(words[0]))
        if len(words) == 2 and _day(words[0]) is not None:
            return _next(now, _day(words[0]), time.fromisoformat(words[1]))
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f'"{text}" is not a time: write "now", "14:30", "sunday 02:00" or "2026-12-25 10:00"'
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _day(word: str) -> int | None:
    """0 for Monday; three letters are enough."""
    if len(word) < 3:
        return None
    return next((place for place, day in enumerate(DAYS) if day.startswith(word)), None)


def _next(now: datetime, day: int | None, at: time) -> datetime:
    moment = datetime.combine(now.date(), at, tzinfo=now.tzinfo)
    if day is not None:
        moment += timedelta(days=(day - now.weekday()) % 7)
    if moment < now:
        moment += timedelta(days=7 if day is not None else 1)
    return moment
