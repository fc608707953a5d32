"""Views of what a plan means: text, JSON, Markdown. The sentences are those of schema.meaning."""

from typing import Any

from schema.meaning.difference import Difference, Outcome
from schema.meaning.meaning import Meaning

MANY = 100
"""Differences that are shown one by one."""
_MARKUP = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]#~|"} | {"&": "&amp;", "<": "&lt;"})


def as_lines(meaning: Meaning | None) -> list[str]:
    """A line for each difference, with what needs approval, and one for emergency calls."""
    if meaning is None:
        return []
    if meaning.unknown:
        return [f"meaning: {meaning.unknown}", ""]
    lines = [f"! {_line(each)}" for each in meaning.differences[:MANY]]
    if len(meaning.differences) > MANY:
        lines.append(f"! … and {len(meaning.differences) - MANY} more")
    return [*lines, *_about_emergencies(meaning), ""]


def _line(difference: Difference) -> str:
    marks = f" [{_marks(difference)}]" if difference.kinds else ""
    place = f"  ({difference.file}:{difference.line})" if difference.file else ""
    return f"{difference.sentence}{marks}{place}"


def _marks(difference: Difference) -> str:
    kinds = ", ".join(difference.kinds)
    better = " (emergency calls only gain gateways)" if difference.improves else ""
    return f"needs approval: {kinds}{better}"


def _about_emergencies(meaning: Meaning) -> list[str]:
    return [] if "emergency" in meaning.kinds else ["no emergency route changed"]


def as_json(meaning: Meaning | None) -> dict[str, Any]:
    """The keys that a plan's JSON has of it."""
    if meaning is None:
        return {"meaning": [], "unknown": "nothing to compare with"}
    return {
        "meaning": [_json(difference) for difference in meaning.differences],
        "unknown": meaning.unknown or None,
    }


def _json(difference: Difference) -> dict[str, Any]:
    numbers = difference.numbers
    return {
        "who": difference.who,
        "when": difference.when or None,
        "at": difference.at.isoformat() if difference.at is not None else None,
        "numbers": list(numbers.patterns),
        "complete": numbers.complete,
        "except": numbers.but,
        "example": numbers.example,
        "count": numbers.total,
        "count_up_to": {"length": numbers.longest, "count": numbers.so_many},
        "was": _outcome(difference.was),
        "now": _outcome(difference.now),
        "class": list(difference.kinds),
        "improves": difference.improves,
        "text": difference.sentence,
        "file": difference.file or None,
        "line": difference.line or None,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "text": outcome.text,
        "status": outcome.status,
        "gateways": list(outcome.gateways),
        "number": outcome.number or None,
    }


def as_markdown(meaning: Meaning | None) -> list[str]:
    """Lines of a list, for a comment on a pull request."""
    if meaning is None:
        return []
    if meaning.unknown:
        return ["", f"**Meaning:** {escaped(meaning.unknown)}"]
    lines = ["", "**Meaning:**", ""]
    for each in meaning.differences[:MANY]:
        marks = f" ⚠️ **{escaped(_marks(each))}**" if each.kinds else ""
        place = f" ({escaped(each.file)}:{each.line})" if each.file else ""
        lines.append(f"- {escaped(each.sentence)}{marks}{place}")
    if len(meaning.differences) > MANY:
        lines.append(f"- … and {len(meaning.differences) - MANY} more")
    return lines + [f"- {line}" for line in _about_emergencies(meaning)]


def escaped(text: str) -> str:
    """Text that cannot leave its table cell or its line, or become markup."""
    return " ".join(text.translate(_MARKUP).split())
