"""How the entries of a section are written, learnt from those that are there.

A new phone should look as if the one who wrote its neighbours had written it: block or flow style,
indentation, quotes, order of keys. May know: a document. May not: what is to be written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from schema.source import Document, Mapping, Path, Sequence, Span
from schema.tree import SECTIONS
from sync.writeback.scalars import quote_of

TEACHERS = 20
"""Entries that are looked at, the last ones of the section."""

DEEPEST = 6

Pattern = tuple[str, ...]
"""A path with a star for each id and index: ("phones", "*", "lines", "*")."""


@dataclass(frozen=True)
class Look:
    """How one value is written.

    `indent` is from the key to what stands below it. `padded`: `{ a: 1 }`.
    """

    form: Literal["flow", "block"]
    indent: int = 2
    padded: bool = False


@dataclass
class Looks:
    """What was learnt from a document, by pattern."""

    collections: dict[Pattern, Look] = field(default_factory=dict)
    quotes: dict[Pattern, str] = field(default_factory=dict)
    key_quotes: dict[Pattern, str] = field(default_factory=dict)
    orders: dict[Pattern, list[str]] = field(default_factory=lambda: {(): ["version", *SECTIONS]})

    def ordered(self, pattern: Pattern, keys: Iterable[str]) -> list[str]:
        """Keys in the order that the neighbours have; unknown ones behind their predecessor."""
        wanted = list(keys)
        together = woven(list(self.orders.get(pattern, ())), wanted)
        return sorted(wanted, key=together.index)


def pattern_of(path: Path) -> Pattern:
    """The pattern that a path from the root falls under."""
    ids = 1 if path and path[0] in SECTIONS and path[0] != "system" else -1
    return tuple(
        "*" if isinstance(step, int) or at == ids else step for at, step in enumerate(path)
    )


def woven(order: list[str], keys: list[str]) -> list[str]:
    """`order` with the keys that it does not have, each behind the one that it follows."""
    for at, key in enumerate(keys):
        if key not in order:
            order.insert(order.index(keys[at - 1]) + 1 if at else 0, key)
    return order


def looks_of(document: Document, sections: Iterable[str]) -> Looks:
    """What the entries of these sections look like."""
    learnt = _Learning(document)
    for section in sections:
        if section in document.root:
            learnt.section(section)
    return learnt.looks


class _Learning:
    """One walk over the last entries of a section; the last has the last word."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._text = document.text
        self.looks = Looks()

    def section(self, section: str) -> None:
        value = self._document.root[section]
        key, span = self._document.key_span((section,)), self._document.span((section,))
        column = self._column(key.start)
        if section == "system":
            self._value(value, span, column, (section,))
            return
        if not isinstance(value, Mapping) or not value or self._text[span.start] == "*":
            return
        self._collection(value, span, column, (section,))
        inside = own_keys(value, span)
        for name, at, place in inside[-TEACHERS:]:
            self._key((section,), at)
            self._value(value[name], place, self._column(at.start), (section, "*"))

    def _value(self, value: Any, span: Span, column: int, pattern: Pattern) -> None:
        if self._text.startswith("*", span.start) or len(pattern) > DEEPEST:
            return
        if isinstance(value, str):
            self.looks.quotes[pattern] = quote_of(self._text[span.start : span.start + 1])
        if isinstance(value, Mapping) and value:
            self._mapping(value, span, column, pattern)
        if isinstance(value, Sequence) and value:
            self._collection(value, span, column, pattern)
            for index, item in enumerate(value):
                place = value.span(index)
                self._value(item, place, self._column(place.start) - 2, (*pattern, "*"))

    def _mapping(self, value: Mapping, span: Span, column: int, pattern: Pattern) -> None:
        self._collection(value, span, column, pattern)
        keys = own_keys(value, span)
        order = self.looks.orders.get(pattern, [])
        self.looks.orders[pattern] = woven(order, [name for name, _, _ in keys])
        for name, at, place in keys:
            self._key(pattern, at)
            self._value(value[name], place, self._column(at.start), (*pattern, name))

    def _collection(self, value: Any, span: Span, column: int, pattern: Pattern) -> None:
        opening = self._text[span.start : span.start + 1]
        if opening in ("{", "["):
            padded = self._text[span.start + 1 : span.start + 2] == " "
            self.looks.collections[pattern] = Look("flow", padded=padded)
            return
        first = value.spans(0)[0].start if isinstance(value, Mapping) else span.start
        indent = max(self._column(first) - column, 0)
        self.looks.collections[pattern] = Look("block", indent=indent)

    def _key(self, pattern: Pattern, at: Span) -> None:
        self.looks.key_quotes[pattern] = quote_of(self._text[at.start : at.start + 1])

    def _column(self, offset: int) -> int:
        return self._document.position(offset).column - 1


def own_keys(mapping: Mapping, span: Span) -> list[tuple[str, Span, Span]]:
    """Name, key span and value span of what is written in a mapping, without merged-in keys."""
    return list(_own(mapping, span))


def _own(mapping: Mapping, span: Span) -> Iterator[tuple[str, Span, Span]]:
    for index, name in enumerate(mapping):
        key, value = mapping.spans(index)
        if span.start <= key.start and key.end <= span.end:
            yield name, key, value
