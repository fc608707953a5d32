"""One record for every message about a tree, wherever it is shown.

May know: positions in files, the catalogue of codes. May not: what a PBX is, how YAML is read, or
how a message looks on a screen (that is the views').
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from schema.diagnostics.catalogue import CATALOGUE, Severity


class Position(NamedTuple):
    """A place between two characters. Lines and columns count from 1, columns in characters."""

    line: int
    column: int


class Range(NamedTuple):
    """From the first character of something to just behind its last."""

    start: Position
    end: Position


class SourceRange(NamedTuple):
    """A range and the file it is in (path relative to the tree, with slashes)."""

    file: str
    range: Range

    @property
    def line(self) -> int:
        """The line it starts on, from 1."""
        return self.range.start.line

    @property
    def column(self) -> int:
        """The column it starts at, from 1."""
        return self.range.start.column

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that has to do with a message: "also bob's"."""

    message: str
    at: SourceRange


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong (or doubtful), where, and what to do about it.

    `range` is None when the message is about a whole file, or about one that is missing.
    `snippet` is the first line of the range with secrets masked, control characters replaced.
    """

    code: str
    message: str
    file: str
    range: Range | None = None
    snippet: str | None = None
    hint: str | None = None
    related: tuple[Related, ...] = ()

    @property
    def severity(self) -> Severity:
        """Decided by the code alone, so that one code means one thing everywhere."""
        return CATALOGUE[self.code].severity

    @property
    def place(self) -> str:
        """The file, with line and column where they are known."""
        return self.file if self.range is None else str(SourceRange(self.file, self.range))


def in_reading_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort by file, place and code, so that two runs over one tree print the same."""
    nowhere = Range(Position(0, 0), Position(0, 0))
    return tuple(sorted(diagnostics, key=lambda d: (d.file, d.range or nowhere, d.code, d.message)))
