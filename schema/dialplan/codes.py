"""Feature codes: the rules that are dialled with a star or a hash first, and what they do.

They are rules like any others; this only tells them apart and puts them in words. May know: the
tree's rules, where they stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schema.diagnostics import SourceRange
from schema.dialplan.pattern import parse_pattern
from schema.models import Rule, System
from schema.origins import Origins

_MARKS = frozenset("*#")


@dataclass(frozen=True, slots=True)
class FeatureCode:
    """One pattern of a rule that begins with a star or a hash."""

    pattern: str
    does: str
    rule: Rule
    at: SourceRange | None
    """None for a ready-made rule of the region."""

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "pattern": self.pattern,
            "does": self.does,
            "rule": self.rule.rule,
            "permissions": list(self.rule.permissions),
            "when": self.rule.when,
            "enabled": self.rule.enabled,
            "file": self.at.file if self.at else None,
            "line": self.at.line if self.at else None,
        }


def feature_codes(system: System, origins: Origins) -> Iterator[FeatureCode]:
    """All codes, in the order of the dial plan."""
    for rule in system.dialplan:
        at = origins.at("dialplan", rule.rule)
        for pattern in filter(_is_code, rule.patterns):
            yield FeatureCode(pattern, _words(rule, pattern), rule, at)


def _is_code(pattern: str) -> bool:
    first, *_ = (*parse_pattern(pattern).symbols, "")
    return bool(first) and _MARKS.issuperset(first)


def _words(rule: Rule, pattern: str) -> str:
    """What happens to who dials it."""
    if rule.type == "pickup":
        return _pickup(rule, pattern)
    if rule.to is not None:
        return f"calls {rule.to.kind.replace('_', ' ')} {rule.to.name}"
    called = _called(rule, pattern)
    return f"calls {called} via {', then '.join(rule.via)}" if rule.via else f"calls {called}"


def _pickup(rule: Rule, pattern: str) -> str:
    """Digits that are left name whose call is meant; without any it is the caller's groups."""
    if rule.dial is not None or rule.prepend:
        return f"picks up a call that rings at {_called(rule, pattern)}"
    parsed = parse_pattern(pattern)
    left = len(parsed.symbols) > rule.strip
    directed = "picks up a call that rings at the number dialled behind it"
    group = "picks up a call that rings in a group of the caller's"
    if left or parsed.tail == ".":
        return directed
    return f"{directed}, or without one in a group of the caller's" if parsed.tail else group


def _called(rule: Rule, pattern: str) -> str:
    """The number that results, with "…" for what is dialled behind the code."""
    if rule.dial is not None:
        return rule.dial
    parsed = parse_pattern(pattern)
    fixed = "".join(s if len(s) == 1 else "X" for s in parsed.symbols[rule.strip :])
    return f"{rule.prepend}{fixed}{'…' if parsed.tail else ''}" or "nothing"


def as_text(codes: list[FeatureCode]) -> str:
    """A line for each code."""
    return "\n".join(map(_line, codes)) or "no rule begins with a star or a hash"


def _line(code: FeatureCode) -> str:
    place = f"{code.at.file}:{code.at.line}" if code.at else "ready-made"
    words = [code.does]
    words += [f"needs {' and '.join(code.rule.permissions)}"] if code.rule.permissions else []
    words += [f"during {code.rule.when}"] if code.rule.when else []
    words += [] if code.rule.enabled else ["disabled"]
    return f"{code.pattern:<10} {'; '.join(words)}  ({code.rule.rule}, {place})"
