"""vCard 3.0 (RFC 2426) and 4.0 (RFC 6350): names and telephone numbers of each card.

The libraries for it say the line of a mistake at most, and are not typed; only FN, N, ORG and TEL
matter here, so the reader is ours, and strict about what it reads. May know: text. May not: what a
number is.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from schema.contacts.rows import Malformed, Row, Written
from schema.models.phonebook import NumberKind
from schema.source import Span

VERSIONS = ("3.0", "4.0")
_LINE = re.compile(r"[^\r\n]*(?:\r\n[ \t][^\r\n]*|\n[ \t][^\r\n]*)*")
_FOLD = re.compile(r"\r?\n[ \t]")
_PARAMETER = r';[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*'
_CONTENT = re.compile(
    rf"(?:[A-Za-z0-9-]+\.)?(?P<name>[A-Za-z0-9-]+)(?P<parameters>(?:{_PARAMETER}|;[A-Za-z0-9-]+)*):"
)
_SILENT = frozenset(("fax", "pager", "modem", "bbs", "pcs", "video", "textphone", "text"))
"""Kinds of numbers at which nobody answers."""


class _Property(NamedTuple):
    name: str
    """In upper case."""
    parameters: str
    value: str
    span: Span


def read_vcard(text: str) -> Iterator[Row]:
    """The cards of a file. Raises Malformed."""
    card: list[_Property] | None = None
    begun = Span(0, 0)
    for line in _properties(text):
        if line.name == "BEGIN" and line.value.strip().upper() == "VCARD" and card is None:
            card, begun = [], line.span
        elif card is None:
            hint = "every card begins with BEGIN:VCARD"
            raise Malformed(line.span, "this stands outside of any card", hint)
        elif line.name == "BEGIN":
            hint = "end each card with END:VCARD before the next begins"
            raise Malformed(line.span, "a card begins inside of another", hint)
        elif line.name == "END":
            yield _row(card, begun)
            card = None
        else:
            card.append(line)
    if card is not None:
        raise Malformed(begun, "the card is never closed", "end it with END:VCARD")


def _properties(text: str) -> Iterator[_Property]:
    """Lines put together again where they were folded (RFC 6350 section 3.2)."""
    at = 0
    while at < len(text):
        found = _LINE.match(text, at)
        end = found.end() if found else len(text)
        if text[at:end].strip():
            yield _property(_FOLD.sub("", text[at:end]), Span(at, end))
        at = end + (2 if text.startswith("\r\n", end) else 1)


def _property(line: str, span: Span) -> _Property:
    found = _CONTENT.match(line)
    if found is None:
        hint = "a line is NAME:value, and one that goes on below begins with a blank there"
        raise Malformed(_first_line(span), "this is no line of a vCard", hint)
    value = line[found.end() :]
    parameters = found["parameters"].lower()
    return _Property(found["name"].upper(), parameters, value, _first_line(span))


def _first_line(span: Span) -> Span:
    """Long enough to be seen, whatever was folded into it."""
    return Span(span.start, min(span.end, span.start + 75))


def _row(card: list[_Property], begun: Span) -> Row:
    version = next((line for line in card if line.name == "VERSION"), None)
    if version is None or version.value.strip() not in VERSIONS:
        reason = "the card has no VERSION"
        if version is not None:
            reason = f"version {version.value.strip()[:16]} of vCard is not read"
        hint = f"export the contacts as vCard {' or '.join(VERSIONS)}"
        raise Malformed(begun if version is None else version.span, reason, hint)
    named = _name(card)
    numbers = tuple(_number(line) for line in card if line.name == "TEL" and not _silent(line))
    span = named[1] if named is not None else begun
    return Row(named[0] if named is not None else "", numbers, span)


def _name(card: list[_Property]) -> tuple[str, Span] | None:
    """FN, which has to be there; else what N or ORG say."""
    for wanted in ("FN", "N", "ORG"):
        for line in card:
            if line.name == wanted and (name := _said(line)):
                return name, line.span
    return None


def _said(line: _Property) -> str:
    if line.name == "FN":
        return _plain(line.value)
    parts = [_plain(part) for part in re.split(r"(?<!\\);", line.value)]
    if line.name == "N":
        parts = [parts[1] if len(parts) > 1 else "", parts[0]]
    return " ".join(part for part in parts if part)


def _plain(value: str) -> str:
    r"""Without escapes: \n is a line end, which a name has no place for."""
    text = re.sub(r"\\([nN])|\\(.)", lambda found: " " if found[1] else found[2], value)
    return " ".join(text.split())


def _number(line: _Property) -> Written:
    """A text, or a URI (RFC 3966) whose parameters do not matter."""
    value = _plain(line.value)
    if value.lower().startswith("tel:"):
        value = unquote(value[4:].partition(";")[0])
    return Written(_kind(line), value, line.span)


def _kinds(line: _Property) -> set[str]:
    return set(re.split(r'[;=,"]+', line.parameters))


def _silent(line: _Property) -> bool:
    kinds = _kinds(line)
    return not kinds.isdisjoint(_SILENT) and kinds.isdisjoint(("voice", "cell"))


def _kind(line: _Property) -> NumberKind:
    kinds = _kinds(line)
    if "cell" in kinds:
        return "mobile"
    return "home" if "home" in kinds else "number"
