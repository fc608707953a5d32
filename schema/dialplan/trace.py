"""The explanation of a decision, collected while it is made. Costs nothing when nobody asked."""

from typing import Final

from schema.dialplan.decision import Tried
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.rows import RuleEntry

_LISTED: Final = 8
"""So many patterns are shown; ready-made rules have hundreds."""


class Trace:
    """Notes what was considered, in order. With `on` False, as for calls, it does nothing.

    What leads a call on is noted when it is known what came of that, `at` the place where it
    began: before all that was looked up on its behalf.
    """

    __slots__ = ("notes", "on")

    def __init__(self, on: bool) -> None:
        self.on = on
        self.notes: list[Tried] = []

    @property
    def here(self) -> int:
        """The place of the next note."""
        return len(self.notes)

    def note(self, label: str, matched: bool, reason: str, at: int | None = None) -> None:
        """Something that is no rule: the look-up of a user, a forwarding, a hunt group."""
        if self.on:
            place = self.here if at is None else at
            self.notes.insert(place, Tried(label, matched, reason))

    def decided(self, rule: RuleEntry, number: str, outcome: str, at: int) -> None:
        """The rule took the call, with that outcome."""
        if self.on:
            reason = f"{matched(rule, number)}: {outcome}"
            self.notes.insert(at, Tried(rule.name, True, reason, rule.file, rule.line))

    def passed_over(self, rule: RuleEntry, reason: str) -> None:
        """The rule did not take the call."""
        if self.on:
            self.notes.append(Tried(rule.name, False, reason, rule.file, rule.line))


def matched(rule: RuleEntry, number: str) -> str:
    """Which pattern of the rule a number matches, in words."""
    pattern = next(text for text in rule.patterns if parse_pattern(text).matches(number))
    return f"pattern {pattern} matches"


def no_match(rule: RuleEntry) -> str:
    """That none does, in words."""
    if not rule.enabled:
        return "the rule is disabled"
    if len(rule.patterns) == 1:
        return f"pattern {rule.patterns[0]} does not match"
    if len(rule.patterns) > _LISTED:
        return f"none of its {len(rule.patterns)} patterns matches"
    return f"none of the patterns {', '.join(rule.patterns)} matches"
