"""Diagnostics for people: the line of source, a caret under the place, and a hint."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence

from schema.diagnostics.record import Diagnostic, Range

_RESET = "\x1b[0m"
_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "info": "\x1b[1;34m"}
_DIM = "\x1b[34m"
_BOLD = "\x1b[1m"
_WIDE = 160
_Paint = Callable[[str, str], str]


def as_text(diagnostics: Sequence[Diagnostic], *, colour: bool = False) -> str:
    """Return one block for each diagnostic, with an empty line between them."""
    paint = _painted if colour else _plain
    return "\n\n".join("\n".join(_block(diagnostic, paint)) for diagnostic in diagnostics)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return "2 errors, 1 warning"; "no errors" when there is nothing to say."""
    counts = dict.fromkeys(_COLOURS, 0)
    for diagnostic in diagnostics:
        counts[diagnostic.severity] += 1
    said = [f"{n} {word}{'s' if n > 1 else ''}" for word, n in counts.items() if n]
    return ", ".join(said) or "no errors"


def _plain(text: str, style: str) -> str:
    return text


def _painted(text: str, style: str) -> str:
    return f"{style}{text}{_RESET}"


def _block(diagnostic: Diagnostic, paint: _Paint) -> Iterator[str]:
    style = _COLOURS[diagnostic.severity]
    label = paint(f"{diagnostic.severity}[{diagnostic.code}]", style)
    yield f"{label}: {paint(diagnostic.message, _BOLD)}"
    yield f"  {diagnostic.place}"
    others = [f"{also.message}, at {also.at}" for also in diagnostic.related]
    if diagnostic.range and diagnostic.snippet is not None:
        line, mark = _source(diagnostic.range, diagnostic.snippet)
        number = diagnostic.range.start.line
        yield f"{paint(f'{number:>5} |', _DIM)} {line}".rstrip()
        said = f" {others.pop(0)}" if others else ""
        yield f"{paint('      |', _DIM)} {paint(mark, style)}{said}"
    for other in others:
        yield f"  {other}"
    if diagnostic.hint:
        yield f"  {paint('hint', _DIM)}: {diagnostic.hint}"


def _source(found: Range, line: str) -> tuple[str, str]:
    """The line and, below it, carets from the start to the end (of the line at most)."""
    start = found.start.column - 1
    end = found.end.column - 1 if found.end.line == found.start.line else len(line.rstrip())
    under = line[start : max(end, start)]
    mark = " " * _width(line[:start]) + "^" * max(1, _width(under))
    return (line, mark) if len(mark) <= _WIDE else _window(line, start, under)


def _window(line: str, start: int, under: str) -> tuple[str, str]:
    """A long line from a little before the place on, so that no terminal wraps line and caret."""
    before = "…" + line[max(0, start - 30) : start]
    after = line[start : start + _WIDE - len(before)]
    return before + after, " " * _width(before) + "^" * max(1, min(_width(under), len(after)))


def _width(text: str) -> int:
    """Columns that a terminal needs: East Asian wide characters take two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
