"""The text of one file with pieces cut out and put in, and where its lines and commas are.

May know: text and offsets. May not: what the pieces mean.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from schema.source import Document

LINE_END = re.compile(r"\r\n|\n|\r")
REST = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\r\n]*)?(?=[\r\n]|\Z)")
"""Nothing more on a line but a comment."""
GAP = re.compile(r"(?:\s|(?<=\s)#[^\r\n]*)*")
"""White space, line ends and comments."""


class Splice(NamedTuple):
    """What replaces the text from `start` to `end`."""

    start: int
    end: int
    text: str


@dataclass
class Splicer:
    """Collects splices of a document's text. They may touch and never overlap."""

    document: Document
    splices: list[Splice] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = self.document.text
        found = LINE_END.search(self.text)
        self.line_end = found[0] if found else "\n"

    def result(self) -> str:
        """The text with all splices. ValueError when two of them overlap."""
        pieces: list[str] = []
        at = 0
        for start, end, text in sorted(self.splices, key=lambda splice: splice[:2]):
            if start < at:
                raise ValueError("overlapping splices")
            pieces += (self.text[at:start], text)
            at = end
        return "".join((*pieces, self.text[at:]))

    def put(self, start: int, end: int, text: str) -> None:
        """Replace a piece."""
        self.splices.append(Splice(start, end, text))

    def put_lines(self, at: int, lines: list[str]) -> None:
        """Put whole lines in at an offset where a line begins, or at the end of the text."""
        if not lines:
            return
        body = self.line_end.join(lines)
        begins = at == 0 or self.text[at - 1] in "\r\n"
        self.put(at, at, body + self.line_end if begins else self.line_end + body)

    def cut_lines(self, start: int, end: int) -> None:
        """Take out all lines that a piece is on."""
        self.put(self.line_start(start), self.next_line(end), "")

    def column(self, offset: int) -> int:
        """How many characters stand before an offset on its line."""
        return self.document.position(offset).column - 1

    def line_start(self, offset: int) -> int:
        """Where the line of an offset begins."""
        return offset - self.column(offset)

    def next_line(self, offset: int) -> int:
        """Where the line after an offset's begins."""
        found = LINE_END.search(self.text, offset)
        return found.end() if found else len(self.text)

    def begins_line(self, offset: int) -> bool:
        """Whether only spaces stand before an offset on its line."""
        return not self.text[self.line_start(offset) : offset].strip(" ")

    def ends_line(self, offset: int) -> bool:
        """Whether nothing but a comment follows on the line."""
        return REST.match(self.text, offset) is not None

    def comma(self, offset: int) -> int | None:
        """Where the comma behind an item that ends at an offset stands."""
        found = GAP.match(self.text, offset)
        at = found.end() if found else offset
        return at if self.text.startswith(",", at) else None
