"""Text to rows of fields (RFC 4180), each with its place: delimiters, quotes, bounds.

Python's csv module does not say where a field stands. What spreadsheets and sipXcom write beyond
the RFC is read too: semicolons or tabs, Excel's first line `sep=;`, quotes behind a backslash.
May know: text. May not: what a column means.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from schema.source import Span

MAX_COLUMNS = 256
MAX_FIELD = 32_768
"""Characters; sipXcom's additional settings of a phone are the longest known."""
DELIMITERS = (",", ";", "\t")

_LINE_END = re.compile(r"\r\n|\n|\r")
_SEPARATOR_LINE = re.compile(r"(?i)sep=([^\r\n\"])(?:\r\n|\n|\r|\Z)")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


class Field(NamedTuple):
    """The text of a cell without its quotes, and where it stands with them."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """The place, for messages."""
        return Span(self.start, self.end)


class Fault(NamedTuple):
    """What is wrong with how a row is written. `related`: another place, with its words."""

    code: str
    message: str
    span: Span
    hint: str
    related: tuple[str, Span] | None = None


class Row(NamedTuple):
    """One record; it may stretch over several lines."""

    fields: list[Field]
    fault: Fault | None = None

    @property
    def span(self) -> Span:
        """From its first field to its last."""
        return Span(self.fields[0].start, self.fields[-1].end)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is in it: spreadsheets write such rows below a table."""
        return self.fault is None and not any(field.text.strip() for field in self.fields)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written. `start` is where its header begins."""

    delimiter: str
    backslash: bool
    start: int


class Unclosed(Exception):  # noqa: N818 - a result, told as a diagnostic
    """A quote is never closed, so all behind it could be inside of it."""

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.span = span


def dialect_of(text: str, delimiter: str | None = None) -> Dialect:
    """See how a file is written; a `delimiter` that was named is not looked for."""
    said = _SEPARATOR_LINE.match(text)
    start = said.end() if said else 0
    used = delimiter or (said[1] if said else _usual(text, start))
    # Doubled quotes leave no backslash before a quote that goes on: sipXcom's are escaped so.
    ends = re.escape(used)
    backslash = re.search(rf'\\"(?![{ends}"\r\n]|\Z)', text) is not None
    return Dialect(used, backslash, start)


def _usual(text: str, start: int) -> str:
    """The delimiter that the header has most of, outside of quotes."""
    line = _LINE_END.split(_QUOTED.sub("", text[start : start + MAX_FIELD]), maxsplit=1)[0]
    return max(DELIMITERS, key=line.count)


def rows_of(text: str, dialect: Dialect) -> Iterator[Row]:
    """All rows that are not blank, the header first. Raises Unclosed."""
    reader = _Reader(text, dialect)
    while reader.at < len(text):
        row = reader.row()
        if not row.is_blank:
            yield row


class _Reader:
    """Goes through a text once."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self._text = text
        self._delimiter = dialect.delimiter
        self._backslash = dialect.backslash
        ends = re.escape(dialect.delimiter)
        self._plain = re.compile(rf"[^{ends}\r\n]*")
        self._simple = re.compile(rf'"([^"]*)"(?=[{ends}\r\n])')
        self.at = dialect.start

    def row(self) -> Row:
        fields = [self._field()]
        while self._text.startswith(self._delimiter, self.at) and len(fields) <= MAX_COLUMNS:
            self.at += 1
            fields.append(self._field())
        behind = self._behind(fields[-1])
        fault = _bounds(fields) or behind
        end = _LINE_END.match(self._text, self.at)
        self.at = end.end() if end else len(self._text)
        return Row(fields, fault)

    def _field(self) -> Field:
        start = self.at
        if self._text.startswith('"', start):
            simple = self._simple.match(self._text, start)
            if simple is None or self._backslash:
                return self._quoted(start)
            self.at = simple.end()
            return Field(simple[1], start, self.at)
        found = self._plain.match(self._text, start)
        self.at = found.end() if found else start
        return Field(self._text[start : self.at], start, self.at)

    def _quoted(self, start: int) -> Field:
        at = start + 1
        while True:
            quote = self._text.find('"', at)
            if quote < 0:
                raise Unclosed(Span(start, start + 1))
            if self._backslash and quote > start + 1 and self._text[quote - 1] == "\\":
                at = quote + 1
            elif self._text.startswith('"', quote + 1):
                at = quote + 2
            else:
                break
        self.at = quote + 1
        return Field(self._unescaped(self._text[start + 1 : quote]), start, self.at)

    def _unescaped(self, text: str) -> str:
        if self._backslash and '\\"' in text:
            return re.sub(r'\\"|""', '"', text)
        return text.replace('""', '"') if '"' in text else text

    def _behind(self, last: Field) -> Fault | None:
        """What stands between a closed quote and the end of its field: the line is left there."""
        start = self.at
        if start == len(self._text) or _LINE_END.match(self._text, start):
            return None
        found = _LINE_END.search(self._text, start)
        self.at = found.start() if found else len(self._text)
        hint = 'a quote inside a field is written twice: "Sally ""Sal"" Smith"'
        message = "something stands behind a closed quote"
        opened = ("the quote opens here", Span(last.start, last.start + 1))
        return Fault("PBX1822", message, Span(start, start + 1), hint, opened)


def _bounds(fields: list[Field]) -> Fault | None:
    if len(fields) > MAX_COLUMNS:
        field = fields[MAX_COLUMNS]
        message = f"the row has more than {MAX_COLUMNS} fields"
        return Fault("PBX1825", message, field.span, "remove the columns that nobody needs")
    for field in fields:
        if len(field.text) > MAX_FIELD:
            message = f"the field has {len(field.text)} characters, and {MAX_FIELD} are possible"
            hint = "shorten it; or is a quote missing at its end?"
            return Fault("PBX1827", message, field.span, hint)
    return None
