"""What came of an import: data, and its views.

May know: counts, diagnostics. May not: how it came about.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from schema.diagnostics import Diagnostic
from schema.diagnostics.views.as_json import as_data
from sync.importing import Counts

Outcome = Literal["done", "nothing", "planned", "unsafe"]
"""A commit; nothing to change; what a dry run would do; over a safety limit."""


@dataclass(frozen=True)
class Report:
    """One run. `difference` is the change as `git diff` shows it; `said` a sentence a step."""

    importer: str
    outcome: Outcome
    counts: Counts = field(default_factory=Counts)
    warnings: tuple[Diagnostic, ...] = ()
    unsafe: tuple[str, ...] = ()
    difference: str = ""
    commit: str | None = None
    said: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """One line: what was done, or why it was not."""
        if self.unsafe:
            return f"{self.importer} {'; '.join(self.unsafe)}"
        return self.said[0] if self.said else "nothing to change"

    @property
    def exit_code(self) -> int:
        """3 where a safety limit stopped it."""
        return 3 if self.outcome == "unsafe" else 0

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "importer": self.importer,
            "outcome": self.outcome,
            "counts": self.counts.by_name(),
            "commit": self.commit,
            "unsafe": list(self.unsafe),
            "warnings": [as_data(warning) for warning in self.warnings],
            "difference": self.difference,
            "said": list(self.said),
        }
