"""One file: the old document and the values that are wanted → the new text.

What is wanted is compared with what is there, and only where they differ the text changes: the
value of a key, the lines of an entry. Everything else stays byte for byte, which no YAML library
promises: a round trip re-indents, joins lines and drops line ends. The result is read again, and
must say exactly what was wanted. May know: documents, looks. May not: other files.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from schema.reading import read
from schema.source import Document, Mapping, Path, SecretReference, Sequence, Span
from sync.errors import EditRefused
from sync.writeback.items import Change, Item, change_block, change_flow
from sync.writeback.looks import looks_of, own_keys
from sync.writeback.scalars import quote_of
from sync.writeback.splices import Splicer
from sync.writeback.writing import Writer, indented

BEFORE_VALUE = re.compile(r"(?:\s|#[^\r\n]*|---(?=\s)|[&!][^\s,\[\]{}]*(?=\s))*")

BLOCK_HEAD = re.compile(r"[|>][-+0-9]*(?P<comment>[ \t]+#[^\r\n]*)")
"""Where a block scalar begins, with a comment behind."""

Values = list[Any] | tuple[Any, ...]


class Place(NamedTuple):
    """A value in the text: its path, its span, and where the key or dash before it ends.

    `column` is that key's or dash's; `inline` says that it stands between brackets, where block
    style cannot be.
    """

    path: Path
    span: Span
    key_end: int
    column: int
    inline: bool


def rewritten(document: Document, wanted: dict[str, Any]) -> str:
    """The text of a document with other values. Raises EditRefused when it cannot be had.

    `wanted` shares what does not change with `document.root`: what is the same object is not
    even looked at.
    """
    changed = [key for key in (*document.root, *wanted) if not _untouched(document, wanted, key)]
    # Comments or blanks below may be taken for more lines of a block scalar: then without those.
    for blocks in (True, False):
        rewriter = _Rewriter(document, dict.fromkeys(changed), blocks=blocks)
        try:
            rewriter.root(wanted)
            text = rewriter.splicer.result()
        except ValueError as error:
            raise EditRefused(document.path, str(error)) from None
        # A block scalar at the end of a file needs the line end that the file may lack.
        for written in (text, text + rewriter.splicer.line_end):
            if _says(document, written, wanted):
                return written
        if not rewriter.writer.wrote_block:
            break
    raise EditRefused(
        document.path,
        "it cannot be changed without touching what a person wrote (an anchor, a merge key "
        "or an unusual layout): change it by hand",
    )


def _untouched(document: Document, wanted: dict[str, Any], key: str) -> bool:
    return key in wanted and document.root.get(key) is wanted[key]


def _says(document: Document, text: str, wanted: dict[str, Any]) -> bool:
    """Whether the new text, read as the node will, says what was meant."""
    found = read(document.path, "", text.encode("utf-8", "surrogatepass"))
    new = {(d.code, d.message) for d in found.diagnostics} - {
        (d.code, d.message) for d in document.diagnostics
    }
    return not new and found.readable and same(found.root, wanted)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same in YAML: true is not 1, and order of keys is nothing."""
    if one is other:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return repr(one) == repr(other)
    return type(one) is type(other) and bool(one == other)


class _Rewriter:
    """One walk over what is there and what is wanted, side by side."""

    def __init__(self, document: Document, sections: Iterable[str], *, blocks: bool) -> None:
        self.splicer = Splicer(document)
        self._document = document
        self._text = document.text
        self.writer = Writer(looks_of(document, sections), blocks=blocks)

    def root(self, wanted: dict[str, Any]) -> None:
        span = Span(0, len(self._text))
        place = Place((), span, 0, 0, inline=self._opening(span) == "{")
        if not self._document.root:
            self._first_sections(wanted)
        elif any(key in wanted for key in self._document.root):
            self._mapping(self._document.root, wanted, place)
        else:
            raise ValueError("nothing of the file would be left: remove it instead")

    def _first_sections(self, wanted: dict[str, Any]) -> None:
        """A file that says nothing yet: an empty one, or comments only."""
        if self._text.strip() and not all(
            line.startswith("#") or not line.strip() for line in self._text.splitlines()
        ):
            raise ValueError("the file says nothing, in an unusual way: write into it by hand")
        lines = [line for key in wanted for line in self.writer.block_pair(wanted[key], (key,), 0)]
        self.splicer.put_lines(len(self._text), lines)

    def _value(self, old: Any, new: Any, place: Place) -> None:
        if same(old, new):
            return
        if self._text.startswith("*", place.span.start):
            self._replace(old, new, place)
        elif isinstance(old, Mapping) and isinstance(new, dict) and _overlap(old, new):
            self._mapping(old, new, place)
        elif isinstance(old, Sequence) and isinstance(new, list | tuple) and old and new:
            self._sequence(old, new, place)
        else:
            self._replace(old, new, place)

    # Collections

    def _mapping(self, old: Mapping, new: dict[str, Any], place: Place) -> None:
        own = own_keys(old, place.span)
        names = [name for name, _, _ in own]
        self._keep_merged(old, new, set(names))
        flow = self._opening(place.span) == "{"
        for name, key, span in own:
            if name in new:
                inner = Place(
                    (*place.path, name), span, key.end, self.splicer.column(key.start), flow
                )
                self._value(old[name], new[name], inner)
        change = self._changed_keys(old, new, names, place.path)
        items = [Item(key.start, max(key.end, span.end)) for _, key, span in own]
        self._restructure(items, change, place, flow)

    def _keep_merged(self, old: Mapping, new: dict[str, Any], own: set[str]) -> None:
        gone = [key for key in old if key not in own and key not in new]
        if gone:
            raise ValueError(f"{gone[0]} comes from a merge key (<<), which stays: do it by hand")

    def _changed_keys(
        self, old: Mapping, new: dict[str, Any], names: list[str], path: Path
    ) -> Change:
        """Which keys go, and behind which of those that stay the new ones come."""
        own = dict.fromkeys(names)
        change = Change({at for at, name in enumerate(names) if name not in new})
        inherited = {key for key in old if key not in own and same(old[key], new.get(key))}
        fresh = [key for key in new if key not in own and key not in inherited]
        kept = {name: at for at, name in enumerate(names) if name in new}
        if is_section(path):
            if fresh:
                last = max(kept.values(), default=-1)
                change.added[last] = [(key, new[key]) for key in fresh]
            return change
        after = -1
        for key in self.writer.ordered(path, (*names, *fresh)):
            after = max(after, kept.get(key, -1))
            if key not in own:
                change.added.setdefault(after, []).append((key, new[key]))
        return change

    def _sequence(self, old: Sequence, new: Values, place: Place) -> None:
        flow = self._opening(place.span) == "["
        items = list(self._items(old, place.span.start, flow))
        change = Change()
        for first, last, start, stop in differences(old, new):
            both = min(last - first, stop - start)
            for at in range(both):
                item, index = items[first + at], first + at
                column, span = self.splicer.column(item.begin), old.span(index)
                inner = Place((*place.path, index), span, item.begin + 1, column, flow)
                self._value(old[index], new[start + at], inner)
            change.removed |= set(range(first + both, last))
            added = [(index, new[index]) for index in range(start + both, stop)]
            if added:
                change.added[first + both - 1] = added
        self._restructure(items, change, place, flow)

    def _items(self, old: Sequence, at: int, flow: bool) -> Iterator[Item]:
        """The items from an offset on, with their dashes, if they have any."""
        for index in range(len(old)):
            start, end = old.span(index)
            if flow:
                yield Item(start, end)
                continue
            dash = self._past(at)
            if not self._text.startswith("-", dash):
                raise ValueError("a list is laid out in an unusual way: change it by hand")
            at = max(start, end)
            yield Item(dash, at)

    def _restructure(self, items: list[Item], change: Change, place: Place, flow: bool) -> None:
        if not change.removed and not change.added:
            return
        if len(change.removed) == len(items):
            raise ValueError("a collection would be left empty between its parts")
        change.added = {_kept(after, change.removed): new for after, new in change.added.items()}
        mapping = self._is_mapping(place)
        if flow:
            change_flow(self.splicer, items, change, lambda new: self._inline(new, place, mapping))
        else:
            column = self.splicer.column(items[0].begin)
            change_block(
                self.splicer, items, change, lambda new: self._lines(new, place, column, mapping)
            )

    def _is_mapping(self, place: Place) -> bool:
        return isinstance(self._document.value(place.path), Mapping)

    def _inline(self, new: tuple[Any, Any], place: Place, mapping: bool) -> str:
        path = (*place.path, new[0])
        return self.writer.pair(new[1], path) if mapping else self.writer.flow(new[1], path)

    def _lines(self, new: tuple[Any, Any], place: Place, column: int, mapping: bool) -> list[str]:
        write = self.writer.block_pair if mapping else self.writer.block_item
        return write(new[1], (*place.path, new[0]), column)

    # Single values

    def _replace(self, old: Any, new: Any, place: Place) -> None:
        """Write a value in another's place."""
        below = self._is_below(old, place)
        if not place.inline and place.path and isinstance(place.path[-1], str):
            wants_lines = self.writer.stands_below(new, place.path, place.column)
            lines = self.writer.block(new)
            if lines is not None:
                self._replace_by_block(lines, place, below)
                return
            if wants_lines or below:
                self._replace_below(new, place, below, wants_lines)
                return
        start, end = place.span
        quote = quote_of(self._text[start : start + 1]) if isinstance(old, str) else None
        text = self.writer.flow(new, place.path, quote)
        self.splicer.put(start, end, self._separated(text, place) + self._head_comment(place))

    def _is_below(self, old: Any, place: Place) -> bool:
        """Whether a value is a block collection that begins on a line below its key."""
        start = place.span.start
        if (
            not isinstance(old, Mapping | Sequence)
            or not old
            or not self.splicer.begins_line(start)
        ):
            return False
        return self._opening(place.span) not in ("{", "[", "*")

    def _replace_below(self, new: Any, place: Place, below: bool, wants_lines: bool) -> None:
        """Where the old value, the new one, or both stand on lines below the key."""
        start, end = place.span
        colon = self._text.index(":", place.key_end) + 1
        if below:
            self.splicer.cut_lines(start, end)
        elif start < end:
            self.splicer.put(colon, end, "")
        if wants_lines:
            lines = self.writer.below(new, place.path, place.column)
            self.splicer.put_lines(self.splicer.next_line(max(colon, end)), lines)
        else:
            self.splicer.put(colon, colon, f" {self.writer.flow(new, place.path)}")

    def _replace_by_block(self, new: tuple[str, list[str]], place: Place, below: bool) -> None:
        """Where the new value is a block scalar: its head beside the key, its lines below."""
        head, lines = new
        start, end = place.span
        colon = self._text.index(":", place.key_end) + 1
        if below:
            self.splicer.cut_lines(start, end)
        if below or start == end:
            self.splicer.put(colon, colon, f" {head}")
        else:
            text = self._separated(head, place) + self._head_comment(place)
            self.splicer.put(start, end, text)
        following = self.splicer.next_line(max(colon, end))
        self.splicer.put_lines(following, indented(lines, place.column + 2))

    def _head_comment(self, place: Place) -> str:
        """The comment behind the head of a block scalar, which stands inside of its span."""
        found = BLOCK_HEAD.match(self._text, self._past(place.span.start), place.span.end)
        return found["comment"] if found else ""

    def _separated(self, text: str, place: Place) -> str:
        """A value with what must stand between it and its key."""
        start = place.span.start
        nothing = start == place.span.end and isinstance(place.path[-1], str)
        if nothing and ":" not in self._text[place.key_end : start + 1]:
            return f": {text}"  # a key without a value between brackets
        return f" {text}" if self._text[start - 1 : start] in (":", "-", "?") else text

    def _opening(self, span: Span) -> str:
        """The first character of a value, past its anchor, its tag and comments."""
        at = self._past(span.start)
        return self._text[at : at + 1]

    def _past(self, at: int) -> int:
        """Where something else than space, comments, an anchor or a tag comes."""
        found = BEFORE_VALUE.match(self._text, at)
        return found.end() if found else at


def is_section(path: Path) -> bool:
    """Whether entries stand at a path: new ones come last."""
    return len(path) == 1 and path != ("system",)


def _overlap(old: Mapping, new: dict[str, Any]) -> bool:
    """Whether some of the old keys stay."""
    return any(key in new for key in old)


def differences(old: Values, new: Values) -> Iterator[tuple[int, int, int, int]]:
    """Where two lists differ: first and past last index in the old one, and in the new one."""
    before, after = _tokens(old), _tokens(new)
    shorter, head, tail = min(len(before), len(after)), 0, 0
    while head < shorter and before[head] == after[head]:
        head += 1
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    middle = before[head : len(before) - tail], after[head : len(after) - tail]
    matcher = SequenceMatcher(None, middle[0], middle[1], autojunk=False)
    for kind, first, last, start, stop in matcher.get_opcodes():
        if kind != "equal":
            yield first + head, last + head, start + head, stop + head


def _tokens(values: Iterable[Any]) -> list[str]:
    """What items are compared by; keys in one order."""
    return [_token(value) for value in values]


def _token(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{','.join(sorted(f'{key!r}:{_token(value[key])}' for key in value))}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_token, value))}]"
    if isinstance(value, SecretReference):
        return f"!{value.kind}:{value.text!r}"
    return f"{type(value).__name__}:{value!r}"


def _kept(after: int, removed: set[int]) -> int:
    """The item before that stays, -1 when there is none."""
    while after in removed:
        after -= 1
    return after
