"""Warnings of one run, as diagnostics. Of each kind only so many: a directory may be all wrong."""

from collections import Counter
from typing import Final

from schema.diagnostics import Diagnostic

MOST: Final = 50
"""Warnings of one kind that are told one by one."""


class Notes:
    """Collects what is doubtful about what a source said."""

    def __init__(self, importer: str) -> None:
        self._importer = importer
        self._told: list[Diagnostic] = []
        self._count: Counter[str] = Counter()

    def say(self, code: str, message: str, hint: str) -> None:
        """Add a warning. `message` is one line."""
        self._count[code] += 1
        if self._count[code] <= MOST:
            self._told.append(Diagnostic(code, message, self._importer, hint=hint))

    def all(self) -> tuple[Diagnostic, ...]:
        """All warnings, with a count of those that were not told."""
        more = [
            Diagnostic(code, f"… and {count - MOST} more like these", self._importer)
            for code, count in self._count.items()
            if count > MOST
        ]
        return (*self._told, *more)
