"""CSV with a header (RFC 4180), as spreadsheets write it: commas or semicolons between fields.

Python's csv module does not say where a field stands, and forgives what is a slip; so this one is
ours. May know: text. May not: what a number is.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from schema.contacts.rows import Malformed, Row, Written
from schema.models.phonebook import NumberKind
from schema.source import Span
from schema.suggest import closest

_NAMES = ("name", "first_name", "last_name")
_NUMBERS: Mapping[str, NumberKind] = {
    "number": "number", "phone": "number", "work": "number", "mobile": "mobile", "home": "home",
}  # fmt: skip
_HINT = "begin the file with a line such as: name,number,mobile"


class _Field(NamedTuple):
    text: str
    span: Span


def read_csv(text: str) -> Iterator[Row]:
    """The rows of a file, empty ones left out. Raises Malformed."""
    separator = _separator(text)
    records = _records(text, separator)
    header = next(records, None)
    if header is None:
        raise Malformed(Span(0, 0), "the file is empty", _HINT)
    columns = _columns(header)
    for record in records:
        if len(record) != len(header):
            reason = f"the line has {len(record)} fields, the header {len(header)}"
            hint = f'a field with "{separator}" in it stands in double quotes'
            raise Malformed(Span(record[0].span.start, record[-1].span.end), reason, hint)
        yield _row({name: record[at] for name, at in columns.items()})


def _separator(text: str) -> str:
    """Spreadsheets of countries with a decimal comma write semicolons."""
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    return ";" if first.count(";") > first.count(",") else ","


def _columns(header: list[_Field]) -> dict[str, int]:
    """The columns that mean something; others are passed over."""
    found: dict[str, int] = {}
    for at, field in enumerate(header):
        name = re.sub(r"[\s-]+", "_", field.text.strip().lower())
        if name in (*_NAMES, *_NUMBERS) and name in found:
            raise Malformed(field.span, f'there are two columns "{name}"', "rename or remove one")
        if name in (*_NAMES, *_NUMBERS):
            found[name] = at
    whole = Span(header[0].span.start, header[-1].span.end)
    for wanted, known in (("name", _NAMES), ("number", tuple(_NUMBERS))):
        if found.keys().isdisjoint(known):
            near = [(one.text.strip(), closest(one.text.strip(), known)) for one in header]
            meant = next((f'did you mean "{to}" by "{said}"?' for said, to in near if to), _HINT)
            raise Malformed(whole, f"the header names no column for the {wanted}", meant)
    return found


def _row(fields: Mapping[str, _Field]) -> Row:
    whole = fields.get("name")
    parts = [fields[name] for name in ("first_name", "last_name") if name in fields]
    named = [whole] if whole is not None and whole.text.strip() else parts
    every = list(fields.values())
    span = named[0].span if named else every[0].span
    return Row(
        " ".join(part.text.strip() for part in named if part.text.strip()),
        tuple(
            Written(kind, field.text.strip(), field.span)
            for name, kind in _NUMBERS.items()
            if (field := fields.get(name)) is not None and field.text.strip()
        ),
        span,
    )


_END = re.compile(r"\r\n|\n|\r")


def _records(text: str, separator: str) -> Iterator[list[_Field]]:
    """Lines as lists of fields; blank lines left out."""
    at = 0
    record: list[_Field] = []
    while at < len(text):
        field, at = _field(text, at, separator)
        record.append(field)
        if at < len(text) and text[at] == separator:
            at += 1
            if at < len(text) and not _END.match(text, at):
                continue
            record.append(_Field("", Span(at, at)))
        if any(one.text.strip() for one in record):
            yield record
        record = []
        end = _END.match(text, at)
        at = end.end() if end else at


def _field(text: str, start: int, separator: str) -> tuple[_Field, int]:
    if start < len(text) and text[start] == '"':
        return _quoted(text, start, separator)
    found = re.compile(rf"[^{separator}\r\n]*").match(text, start)
    end = found.end() if found else start
    return _Field(text[start:end], Span(start, end)), end


_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


def _quoted(text: str, start: int, separator: str) -> tuple[_Field, int]:
    found = _QUOTED.match(text, start)
    if found is None:
        hint = 'a quote inside a field is written twice: "Sally ""Sal"" Smith"'
        raise Malformed(Span(start, start + 1), "the quote is never closed", hint)
    end = found.end()
    if end < len(text) and text[end] != separator and not _END.match(text, end):
        hint = f'after the closing quote comes "{separator}" or the end of the line'
        raise Malformed(Span(end, end + 1), "something stands behind a closed quote", hint)
    return _Field(found[1].replace('""', '"'), Span(start, end)), end
