"""Which rules decided a test, and which never did.

May know: the tree's rules, decisions. May not: what a test expected.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from schema.diagnostics import SourceRange
from schema.dialplan.decision import Decision
from schema.models import System
from schema.origins import Origins

LABELS = ("users", "hunt_groups")
"""What a trace calls the look-up of somebody inside; a rule may have the same name."""


@dataclass(frozen=True, slots=True)
class RuleUse:
    """A rule, and how many tests it decided, or a forwarding in them."""

    rule: str
    tests: int
    at: SourceRange | None
    """A ready-made rule of the region stands where `system.factory` asks for it."""

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        place = {"file": self.at.file, "line": self.at.line} if self.at else {}
        return {"rule": self.rule, "tests": self.tests, "file": None, "line": None} | place


@dataclass(frozen=True, slots=True)
class Coverage:
    """Enabled rules in the order of the plan: the tree's own, and those that come ready-made."""

    own: tuple[RuleUse, ...]
    factory: tuple[RuleUse, ...]

    @property
    def percent(self) -> float:
        """The share of the tree's own rules that decided a test."""
        used = sum(use.tests > 0 for use in self.own)
        return 100 * used / len(self.own) if self.own else 100.0

    @property
    def untested(self) -> tuple[RuleUse, ...]:
        """The tree's own rules that never decided one."""
        return tuple(use for use in self.own if not use.tests)


def coverage_of(system: System, origins: Origins, decisions: Iterable[Decision]) -> Coverage:
    """Count the rules that decided something in these decisions, which have traces."""
    tests = Counter(name for decision in decisions for name in _deciders(decision))
    uses = [
        RuleUse(rule.rule, tests[rule.rule], origins.at("dialplan", rule.rule))
        for rule in system.dialplan
        if rule.enabled
    ]
    return Coverage(
        tuple(use for use in uses if not origins.is_ready_made(use.rule)),
        tuple(use for use in uses if origins.is_ready_made(use.rule)),
    )


def _deciders(decision: Decision) -> set[str]:
    """The rule of the call itself, and those of forwardings in it."""
    noted = {tried.rule for tried in decision.trace if tried.matched and tried.rule not in LABELS}
    return noted | {decision.rule} if decision.rule else noted
