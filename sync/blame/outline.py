"""One version of a file cut into its entries, without reading all of it.

A file of 10,000 users takes 0.2 s to read and 7 ms to cut, and history has a thousand versions of
it. Where the layout is not the usual one, or an anchor is at work, the file is read after all.
May know: YAML's layout, sections. May not: Git.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from schema.entries import LISTS, MODELS
from schema.reading import read
from schema.source import Document
from sync.blame.values import Entry, Leaf, leaves, spelled

SECTION = re.compile(rb"\n([^\s#-][^\n]*)")
"""A line that begins with something else than space or dash: a key of the top, if all is usual."""
HEAD = re.compile(rb"[ \t]*(?:#[^\n]*)?\r?")
"""What may follow the colon of a section whose entries stand on lines of their own."""
NAME = re.compile(rb"([A-Za-z_]+):(?=\s|\Z)")
KEY = rb"\n {%d}(?:\"([^\"\\\n]*)\"|'([^'\n]*)'|([^\s:\"'#-][^:\n]*?)) *:(?=\s|\Z)"
"""A key in a column, without quotes or in either kind."""
SPACES = re.compile(rb"\n( *)[^\s#]")
UNUSUAL = re.compile(rb"[\s\[{,:](?:\*\S|<<\s*:)|\n\s*\?\s|\r(?!\n)|\n {0,8}\"[^\"\n]*\\")
"""An alias, a merge key, a key that is no text, a lone carriage return, an escape in a key."""
MARKS = (b"*", b"<<", b"?", b"\r", b"\\")
"""What something unusual has in it: looked for first, because that takes no time."""


class Unreadable:
    """Stands for an entry of a file that cannot be read: nobody knows what it says."""


UNREADABLE: Any = Unreadable()


class Piece:
    """One entry in one version of a file. `raw` is the same only where the entry is."""

    def __init__(self, file: str, entry: Entry, raw: bytes, value: Any = UNREADABLE) -> None:
        self.raw = raw
        self._file = file
        self._entry = entry
        self._known = value

    @cached_property
    def leaves(self) -> Mapping[Leaf, str] | None:
        """Its values, spelled; None when it cannot be read."""
        value = self._read() if self._known is UNREADABLE else self._known
        if value is UNREADABLE:
            return None
        return {leaf: spelled(inner) for leaf, inner in leaves(value).items()}

    def _read(self) -> Any:
        section, name = self._entry
        head = b"" if section == "system" else section.encode() + b":"
        document = read(self._file, "", head + self.raw)
        if not document.readable:
            return UNREADABLE
        return dict(entries_of(document.root)).get((section, name), UNREADABLE)


Outline = Mapping[Entry, Piece]
"""The entries of a file, by section and id."""


class Section(NamedTuple):
    """Where a section begins (at the line end before it), where its entries do, and its end."""

    name: str
    start: int
    body: int
    end: int


class Version:
    """One version of a file."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file = file
        self._data = data
        self.text = b"\n" + data.removeprefix(b"\xef\xbb\xbf")

    @cached_property
    def outline(self) -> Outline | None:
        """All entries; None when the file cannot be read at all."""
        return self.read if self.sections is None else self.between(0, len(self.text))

    @cached_property
    def read(self) -> Outline | None:
        """The same, by reading the file."""
        document = read(self.file, "", self._data)
        return outline_of(document) if document.readable else None

    @cached_property
    def sections(self) -> tuple[Section, ...] | None:
        """The sections; None when the file is laid out in an unusual way."""
        if any(mark in self.text for mark in MARKS) and UNUSUAL.search(self.text):
            return None
        found = tuple(self._sections())
        return found if all(map(self._is_usual, found)) else None

    def between(self, start: int, stop: int) -> dict[Entry, Piece]:
        """The entries that some of the text from `start` to `stop` is of; of lists, all."""
        found: dict[Entry, Piece] = {}
        for section in self.sections or ():
            if section.start <= stop and section.end >= start:
                found.update(self._within(section, start, stop))
        return found

    def indent(self, section: Section) -> int:
        """The column that the keys of a section's entries stand in."""
        first = SPACES.search(self.text, section.body, section.end)
        return len(first[1]) if first else 0

    def _sections(self) -> Iterator[Section]:
        lines = [(found[1], found.start()) for found in SECTION.finditer(self.text)]
        ends = [*(start for _, start in lines[1:]), len(self.text)]
        for (line, start), end in zip(lines, ends, strict=False):
            found = NAME.match(line)
            name = found[1].decode() if found else ""
            yield Section(name, start, start + 1 + (found.end() if found else 0), end)

    def _is_usual(self, section: Section) -> bool:
        """Whether each entry of a section stands on lines of its own."""
        if section.name not in MODELS:
            return section.name != ""
        line_end = self.text.find(b"\n", section.body, section.end)
        end = line_end if line_end >= 0 else section.end
        return HEAD.fullmatch(self.text, section.body, end) is not None

    def _within(self, section: Section, start: int, stop: int) -> Outline:
        text = self.text[section.start : section.end]
        if section.name == "system":
            return {("system", ""): Piece(self.file, ("system", ""), text)}
        if section.name in LISTS:  # few, and read
            return outline_of(read(self.file, "", text))
        return dict(self._pieces(section, start, stop)) if section.name in MODELS else {}

    def _pieces(self, section: Section, start: int, stop: int) -> Iterator[tuple[Entry, Piece]]:
        pattern = re.compile(KEY % self.indent(section))
        at = self._key_before(pattern, section, start)
        heads = pattern.finditer(self.text, at, section.end)
        found = next(heads, None)
        while found is not None and found.start() < stop:
            following = next(heads, None)
            end = following.start() if following else section.end
            name = (found[1] or found[2] or found[3] or b"").decode("utf-8", "replace")
            entry = (section.name, name)
            yield entry, Piece(self.file, entry, self.text[found.start() : end])
            found = following

    def _key_before(self, pattern: re.Pattern[bytes], section: Section, at: int) -> int:
        """Where the line of the last key before an offset begins."""
        while (at := self.text.rfind(b"\n", section.body, max(at, section.body))) >= 0:
            if pattern.match(self.text, at):
                return at
        return section.body


def touched(old: Version, new: Version) -> tuple[Outline | None, Outline | None]:
    """The entries of two versions that may differ; None for one that cannot be read."""
    if old.sections is None or new.sections is None:
        return old.outline, new.outline
    head = same_at_start(old.text, new.text)
    head = max(0, old.text.rfind(b"\n", 0, head))  # what ends there may have lost its next line
    most = min(len(old.text), len(new.text)) - head
    tail = same_at_end(old.text, new.text, most)
    if not _alike(old, new, head):
        return old.outline, new.outline
    return old.between(head, len(old.text) - tail), new.between(head, len(new.text) - tail)


def _alike(old: Version, new: Version, at: int) -> bool:
    """Whether both have the same sections, in the same columns where they begin to differ."""
    pairs = list(zip(old.sections or (), new.sections or (), strict=False))
    if [(a.name, b.name) for a, b in pairs] != [(s.name, s.name) for s in old.sections or ()]:
        return False
    return all(old.indent(a) == new.indent(b) for a, b in pairs if max(a.end, b.end) >= at)


def same_at_start(one: bytes, other: bytes) -> int:
    """How many bytes two texts begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def same_at_end(one: bytes, other: bytes, most: int) -> int:
    """How many bytes two texts end with alike, but not more than `most`."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        mine, others = len(one) - low, len(other) - low
        if one[mine - middle + low : mine] == other[others - middle + low : others]:
            low = middle
        else:
            high = middle - 1
    return low


def outline_of(document: Document) -> Outline:
    """The entries of a document."""
    return {
        entry: Piece(document.path, entry, spelled(value).encode("utf-8", "surrogatepass"), value)
        for entry, value in entries_of(document.root)
    }


def entries_of(root: Mapping[str, Any]) -> Iterator[tuple[Entry, Any]]:
    """All entries that a document holds, however broken it is."""
    for section in MODELS:
        entries = root.get(section)
        if isinstance(entries, dict):
            yield from (((section, id_), value) for id_, value in entries.items())
    for section, (_, key) in LISTS.items():
        items = root.get(section)
        for value in items if isinstance(items, list) else ():
            if isinstance(value, dict) and isinstance(value.get(key), str):
                yield (section, value[key]), value
    if "system" in root:
        yield ("system", ""), root["system"]
