"""Values that know where they stand: what a file of the tree is after reading, before meaning.

`Mapping` and `Sequence` are plain dict and list that also hold the offsets of their contents, four
or two numbers an item in one array: a tree of 10,000 users has half a million of them. Lines and
columns are counted only when somebody asks. May know: YAML's data model, diagnostics. May not:
how YAML is parsed (schema.reading), what a PBX is.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple, NoReturn

from schema.diagnostics import Diagnostic, Position, Range, Related, SourceRange
from schema.diagnostics.snippet import masked, snippet

LONGEST = 500
"""Characters of a line that are looked at for a message: a line may be megabytes long."""
_LONG = 64
_LINE_END = re.compile(r"\r\n|\n|\r")
Path = tuple[str | int, ...]
"""Keys and indexes from the root of a document down to a value."""


class Span(NamedTuple):
    """Character offsets into the text of a document: first, and just behind the last."""

    start: int
    end: int


class Mapping(dict[str, Any]):
    """A YAML mapping. `marks` holds key start, key end, value start, value end of each item."""

    __slots__ = ("marks",)
    marks: "array[int]"

    def spans(self, index: int) -> tuple[Span, Span]:
        """Return the spans of the key and the value at an index in the order of the text."""
        key_start, key_end, start, end = self.marks[4 * index : 4 * index + 4]
        return Span(key_start, key_end), Span(start, end)


class Sequence(list[Any]):
    """A YAML sequence. `marks` holds start and end of each item."""

    __slots__ = ("marks",)
    marks: "array[int]"

    def span(self, index: int) -> Span:
        """Return the span of an item. IndexError when it is not there."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return Span(*self.marks[2 * index : 2 * index + 2])


def empty_mapping() -> Mapping:
    """Return a mapping without contents, as of an empty file."""
    result = Mapping()
    result.marks = array("I")
    return result


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A tagged scalar: `!age`, `!env NAME` or `!file PATH`. Names a secret, never shows one."""

    kind: str
    text: str = field(repr=False)

    def __str__(self) -> str:
        """As a plan shows it; of a sealed text enough to tell it from another one."""
        sealed = self.kind == "age"
        shown = sha256(self.text.encode()).hexdigest()[:12] if sealed else self.text
        return f"!{self.kind} {shown}"


@dataclass(frozen=True)
class Document:
    """One file: its text, its values, and what was wrong with it while reading.

    When it is not `readable`, `root` is empty although the file may say a lot.
    """

    path: str
    blob: str
    text: str
    root: Mapping
    diagnostics: tuple[Diagnostic, ...] = ()
    readable: bool = True

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in _LINE_END.finditer(self.text))]

    def position(self, offset: int) -> Position:
        """Return line and column, from 1, of a character offset."""
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)

    def range(self, span: Span) -> Range:
        """Return the range of a span."""
        return Range(self.position(span.start), self.position(span.end))

    def line(self, number: int) -> str:
        """Return the text of a line, from 1, without its line end. Not more than LONGEST of it."""
        start = self._line_starts[number - 1]
        ends = [*self._line_starts[number : number + 1], len(self.text)]
        return self.text[start : min(ends[0], start + LONGEST)].rstrip("\r\n")

    def span(self, path: Path) -> Span:
        """Return where the value at a path stands. LookupError when there is none."""
        container: Any = self.root
        span = Span(0, len(self.text))
        for step in path:
            span = self._spans(container, step)[1]
            container = container[step]
        return span

    def key_span(self, path: Path) -> Span:
        """Return where the last key of a path stands (an item of a sequence: the item itself)."""
        return self._spans(self.value(path[:-1]), path[-1])[0]

    def value(self, path: Path) -> Any:
        """Return the value at a path. LookupError when there is none."""
        value: Any = self.root
        for step in path:
            if not isinstance(value, Mapping | Sequence):
                raise KeyError(step)
            value = value[step]  # type: ignore[index]  # a wrong step raises, as it should
        return value

    def locate(self, path: Path) -> SourceRange:
        """Return where the value at a path stands. LookupError when there is none."""
        return SourceRange(self.path, self.range(self.span(path)))

    def locate_key(self, path: Path) -> SourceRange:
        """Return where the key at the end of a path stands. LookupError when there is none."""
        return SourceRange(self.path, self.range(self.key_span(path)))

    def report(
        self,
        code: str,
        message: str,
        span: Span,
        hint: str | None = None,
        related: Iterable[Related] = (),
        *,
        hidden: bool = False,
    ) -> Diagnostic:
        """Make a diagnostic about a span of this document.

        Where the source is masked, what it says is masked in message and hint as well. `hidden`
        masks the span itself, whatever its key is called.
        """
        found = self.range(span)
        line = self.line(found.start.line)
        if hidden:
            start = found.start.column - 1
            same_line = found.end.line == found.start.line
            end = found.end.column - 1 if same_line else len(line)
            line = f"{line[:start]}{'*' * len(line[start:end])}{line[end:]}"
        said, shown = self._said(span, found)
        for text in {said, said.strip("!*&\"' ")} - {""} if shown != said else ():
            message = message.replace(text, "********")
            hint = hint and hint.replace(text, "********")
        return Diagnostic(code, message, self.path, found, snippet(line), hint, tuple(related))

    def _said(self, span: Span, found: Range) -> tuple[str, str]:
        """The first line of a span, as it is and as it may be shown beside its key."""
        line_start = span.start - (found.start.column - 1)
        window = self.text[max(line_start, span.start - LONGEST) : span.start + LONGEST]
        at = min(found.start.column - 1, LONGEST)
        said = window[at : at + span.end - span.start].partition("\n")[0]
        return said, masked(window[: at + len(said)])[at:]

    def _spans(self, container: Any, step: str | int) -> tuple[Span, Span]:
        """Where key and value of one step stand; an item of a sequence is its own key."""
        if isinstance(container, Mapping) and isinstance(step, str):
            return container.spans(self._index(container, step))
        if isinstance(container, Sequence) and isinstance(step, int):
            return container.span(step), container.span(step)
        raise KeyError(step)

    def _index(self, container: Mapping, key: str) -> int:
        """The place of a key; remembered for long mappings, which are asked for many keys."""
        if len(container) < _LONG:
            return list(container).index(key) if key in container else _missing(key)
        order = self._orders.get(id(container))
        if order is None:
            order = {name: index for index, name in enumerate(container)}
            self._orders[id(container)] = order
        return order[key]

    @cached_property
    def _orders(self) -> dict[int, dict[str, int]]:
        return {}


def _missing(key: str) -> NoReturn:
    raise KeyError(key)
