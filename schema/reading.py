"""YAML text to values with positions: events from the C parser, one lean walk over them.

Reads YAML 1.2's core types only, and each plain scalar by its first character rather than by
regular expressions. Recursion is bounded by MAX_DEPTH, so neither Python's stack nor C's can run
out. May know: YAML. May not: what a PBX is. Never raises for any input.
"""

import re
import sys
from array import array
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

from _ruamel_yaml import (  # type: ignore[import-not-found]  # a C extension without stubs
    AliasEvent,
    CParser,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
    YAMLError,
)

from schema.diagnostics import Diagnostic, Related, SourceRange
from schema.source import Document, Mapping, SecretReference, Sequence, Span, empty_mapping
from schema.syntax import explain

MAX_DEPTH = 64
MAX_ALIASED = 100_000
"""Values that aliases may stand for in one file."""

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"[-+]?[0-9]{1,100}")
_BASED = re.compile(r"0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_CONSTANTS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_CORE = "tag:yaml.org,2002:"
_COLLECTION_TAGS = ("!", f"{_CORE}map", f"{_CORE}seq")
_TEXT_TAGS = ("!", f"{_CORE}str")
_PLAIN_TAGS = tuple(_CORE + name for name in ("int", "float", "bool", "null"))
_SECRETS = {"!age": "age", "!env": "env", "!file": "file"}
_BLOCK = ("|", ">")


class _Stop(Exception):  # noqa: N818 (never leaves this module)
    """Reading cannot go on; the diagnostic says why."""

    def __init__(self, code: str, message: str, span: Span, hint: str) -> None:
        super().__init__(message)
        self.facts = (code, message, span, hint)


def read(path: str, blob: str, data: bytes, items: str = "") -> Document:
    """Read one file. The document's diagnostics say what is wrong with it; its root may be empty.

    Bytes must be UTF-8, with or without a byte order mark. With `items`, the file has to be a
    list and not a mapping of sections; the document's root then holds it under that name.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _undecodable(path, blob, data, error)
    document = Document(path, blob, text, empty_mapping())
    found = _FORBIDDEN.search(text)
    if found:
        return _unreadable(document, _control_character(document, found))
    reader = _Reader(document, items)
    try:
        root = reader.read()
    except _Stop as stop:
        return _unreadable(document, document.report(*stop.facts))
    except YAMLError as error:
        return _unreadable(document, explain(document, error))
    return replace(document, root=root, diagnostics=tuple(reader.diagnostics))


class _Reader:
    """One walk over the events of a document."""

    def __init__(self, document: Document, items: str) -> None:
        self._document = document
        self._items = items
        self._next: Callable[[], Any] = CParser(document.text).get_event
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._unfinished: set[str] = set()
        self._size = 0
        self._aliased = 0
        self.diagnostics: list[Diagnostic] = []

    def read(self) -> Mapping:
        """Return the root mapping. Raises _Stop and YAMLError."""
        self._next()  # the stream begins
        if isinstance(self._next(), StreamEndEvent):
            return empty_mapping()
        event = self._next()
        root, end = self._value(event, 0)
        self._next()  # the document ends
        following = self._next()
        if not isinstance(following, StreamEndEvent):
            _second_document(following)
        if root is None:
            return empty_mapping()
        span = Span(event.start_mark.index, end)
        if self._items:
            return _list_as_section(root, self._items, span)
        if not isinstance(root, Mapping):
            _not_a_mapping(span)
        return root

    def _value(self, event: Any, depth: int) -> tuple[Any, int]:
        """The value that begins with an event, and the offset where it ends."""
        kind = event.__class__
        if kind is ScalarEvent:
            value = _scalar(event)
            if event.anchor is not None:
                self._anchors[event.anchor] = (value, 1)
            # A block scalar's last line break is not part of what one would point at.
            return value, self._trimmed(event) if event.style in _BLOCK else event.end_mark.index
        if kind is AliasEvent:
            return self._alias(event), event.end_mark.index
        if depth >= MAX_DEPTH:
            _too_deep(event)
        if event.tag is not None and event.tag not in _COLLECTION_TAGS:
            _unknown_tag(event)
        build = self._mapping if kind is MappingStartEvent else self._sequence
        if event.anchor is None:
            return build(event, depth + 1)
        return self._anchored(event, build, depth)

    def _anchored(
        self, event: Any, build: Callable[[Any, int], tuple[Any, int]], depth: int
    ) -> tuple[Any, int]:
        """A collection with an anchor: known to aliases, with its size, once it is complete."""
        before = self._size + self._aliased
        self._anchors.pop(event.anchor, None)
        self._unfinished.add(event.anchor)
        value, end = build(event, depth + 1)
        self._unfinished.discard(event.anchor)
        self._anchors[event.anchor] = (value, 1 + self._size + self._aliased - before)
        return value, end

    def _mapping(self, begin: Any, depth: int) -> tuple[Mapping, int]:
        """All pairs up to the end of a mapping. One flat loop: it runs for each key of a tree."""
        result, marks, merges = Mapping(), array("I"), []
        event_of, scalar, intern = self._next, _scalar, sys.intern
        end = begin.end_mark.index
        while (at := event_of()).__class__ is not MappingEndEvent:
            key = scalar(at) if at.__class__ is ScalarEvent else self._odd_key(at)
            if key.__class__ is not str or at.anchor is not None:
                key = self._unusual_key(at, key)
            event = event_of()
            start = event.start_mark.index
            if event.__class__ is ScalarEvent and event.style not in _BLOCK and not event.anchor:
                value, end = scalar(event), event.end_mark.index
            else:
                value, end = self._value(event, depth)
            if key == "<<" and at.implicit[0]:
                merges.append((value, Span(start, end)))
            elif key in result:
                self._duplicate(at, result, marks)
            else:
                result[intern(key)] = value
                marks.extend((at.start_mark.index, at.end_mark.index, start, end))
        result.marks = marks
        self._size += len(result)
        for value, span in merges:
            self._merge(result, value, span)
        return result, _end(at, end)

    def _sequence(self, begin: Any, depth: int) -> tuple[Sequence, int]:
        """All items up to the end of a sequence."""
        result, marks = Sequence(), array("I")
        end = begin.end_mark.index
        event_of, scalar = self._next, _scalar
        while (event := event_of()).__class__ is not SequenceEndEvent:
            start = event.start_mark.index
            if event.__class__ is ScalarEvent and event.style not in _BLOCK and not event.anchor:
                value, end = scalar(event), event.end_mark.index
            else:
                value, end = self._value(event, depth)
            result.append(value)
            marks.extend((start, end))
        result.marks = marks
        self._size += len(result)
        return result, _end(event, end)

    def _alias(self, event: Any) -> Any:
        """What an alias stands for, counted against the budget."""
        if event.anchor not in self._anchors:
            self._no_anchor(event)
        value, size = self._anchors[event.anchor]
        self._aliased += size
        if self._aliased > MAX_ALIASED:
            hint = f"aliases of one file may stand for {MAX_ALIASED:,} values at most"
            raise _Stop("PBX1012", "anchors explode", _span(event), hint)
        return value

    def _no_anchor(self, event: Any) -> NoReturn:
        name = event.anchor
        if name in self._unfinished:
            hint = "write out what was meant"
            raise _Stop("PBX1011", f"the anchor &{name} contains itself", _span(event), hint)
        hint = f'if the text is meant, quote it: "*{name}"'
        raise _Stop("PBX1010", f"*{name} refers to no anchor &{name}", _span(event), hint)

    def _odd_key(self, event: Any) -> Any:
        if event.__class__ is AliasEvent:
            return self._alias(event)
        hint = "a text that begins with a bracket or brace needs quotes"
        raise _Stop("PBX1009", "a list or mapping stands where a key should", _span(event), hint)

    def _unusual_key(self, event: Any, key: Any) -> str:
        """A key that has an anchor, or that is not text; then its source stands for it."""
        if event.__class__ is ScalarEvent and event.anchor is not None:
            self._anchors[event.anchor] = (key, 1)
        if isinstance(key, str):
            return key
        span = _span(event)
        text = self._document.text[span.start : span.end]
        hint = f'put it in quotes: "{text}":'
        report = self._document.report("PBX1009", f"the key {text} is not text", span, hint)
        self.diagnostics.append(report)
        return text

    def _duplicate(self, event: Any, result: Mapping, marks: "array[int]") -> None:
        key = event.value if isinstance(event, ScalarEvent) else "<<"
        index = 4 * list(result).index(key)
        first = self._document.range(Span(*marks[index : index + 2]))
        also = Related("first", SourceRange(self._document.path, first))
        message = f'the key "{key}" stands twice in one mapping'
        hint = "remove or rename one of them"
        report = self._document.report("PBX1005", message, _span(event), hint, (also,))
        self.diagnostics.append(report)

    def _merge(self, result: Mapping, value: Any, span: Span) -> None:
        """Take over pairs of other mappings, with their places; own keys and earlier ones win."""
        sources = value if isinstance(value, Sequence) else [value]
        if not all(isinstance(source, Mapping) for source in sources):
            hint = "merge a mapping by its alias: <<: *name"
            report = self._document.report("PBX1024", "<< has no mapping to merge", span, hint)
            self.diagnostics.append(report)
            return
        for source in sources:
            for index, (key, inherited) in enumerate(source.items()):
                if key not in result:
                    result[key] = inherited
                    result.marks.extend(source.marks[4 * index : 4 * index + 4])

    def _trimmed(self, event: Any) -> int:
        span = _span(event)
        return span.start + len(self._document.text[span.start : span.end].rstrip())


def _scalar(event: Any) -> Any:
    """The value of a scalar in YAML 1.2's core schema."""
    text = event.value
    if event.implicit[0]:
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        return _number(text) if text[0] in "0123456789+-." else text
    return text if event.tag is None else _tagged(event)


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def _tagged(event: Any) -> Any:
    if event.tag in _SECRETS:
        return SecretReference(_SECRETS[event.tag], event.value)
    if event.tag in _TEXT_TAGS:
        return event.value
    if event.tag in _PLAIN_TAGS:
        text = event.value
        return _CONSTANTS[text] if text in _CONSTANTS else _number(text)
    return _unknown_tag(event)


def _span(event: Any) -> Span:
    return Span(event.start_mark.index, event.end_mark.index)


def _end(event: Any, last: int) -> int:
    """Where a collection ends: at its bracket, or (in block style) with its last item."""
    end: int = event.end_mark.index
    return end if end > event.start_mark.index else last


def _unknown_tag(event: Any) -> NoReturn:
    tag = event.tag.replace("tag:yaml.org,2002:", "!!")
    hint = f'if the text is meant, quote it: "{tag}"'
    span = Span(event.start_mark.index, event.start_mark.index + len(tag))
    raise _Stop("PBX1013", f"the tag {tag} is not known", span, hint)


def _too_deep(event: Any) -> NoReturn:
    hint = f"the limit is {MAX_DEPTH} levels; a tree needs about six"
    raise _Stop("PBX1017", "values are nested too deeply", _span(event), hint)


def _second_document(event: Any) -> NoReturn:
    start = event.start_mark.index
    hint = "remove the ---, or move what follows to a file of its own"
    raise _Stop("PBX1007", "a second document begins here", Span(start, start + 3), hint)


def _list_as_section(root: Any, name: str, span: Span) -> Mapping:
    """A mapping of nothing but the list; for want of a key that is written, the list is it."""
    if not isinstance(root, Sequence):
        hint = "begin each test with a dash: - {from: alice, dial: …, expect: …}"
        raise _Stop("PBX1701", f"the file is not a list of {name}", span, hint)
    section = Mapping({name: root})
    section.marks = array("I", (*span, *span))
    return section


def _not_a_mapping(span: Span) -> NoReturn:
    hint = "a file begins with a section's name and a colon, such as users:"
    raise _Stop("PBX1008", "the file is not a mapping of sections", span, hint)


def _undecodable(path: str, blob: str, data: bytes, error: UnicodeDecodeError) -> Document:
    """An empty document whose diagnostic names the line of the first byte that is not UTF-8."""
    # The text is for the snippet: one character for each bad byte keeps columns right.
    document = Document(path, blob, data.decode("utf-8-sig", "replace"), empty_mapping())
    at = len(data[: error.start].decode("utf-8-sig"))
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    hint = "the file seems to be UTF-16; save it as UTF-8" if utf16 else "save the file as UTF-8"
    message = f"byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8"
    return _unreadable(document, document.report("PBX1014", message, Span(at, at + 1), hint))


def _control_character(document: Document, found: re.Match[str]) -> Diagnostic:
    message = f"the control character U+{ord(found[0]):04X} is not possible in YAML"
    hint = "delete it; most editors can show invisible characters"
    return document.report("PBX1015", message, Span(*found.span()), hint)


def _unreadable(document: Document, diagnostic: Diagnostic) -> Document:
    return replace(document, diagnostics=(diagnostic,), readable=False)
