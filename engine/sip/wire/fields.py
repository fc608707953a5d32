"""Values of header fields: lists, parameters, name-addr, Via, CSeq.

Each function takes one header value as bytes, gives plain data, and raises only SipParseError.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, TypeVar

from engine.sip.wire.errors import SipParseError

Parameters = dict[bytes, bytes | None]
"""Parameters by lower-case name; None when there is a name without a value."""

MAX_SEQUENCE: Final = 2**31 - 1
"""CSeq numbers are below 2**31 (RFC 3261 section 8.1.1.5)."""

REMEMBERED: Final = 4096
"""Values kept parsed, of each kind: messages of the same peers say the same again and again."""
REMEMBERED_LENGTH: Final = 128
"""Bytes of the longest value kept: strangers choose what stands in it, not how much we hold."""

Parsed = TypeVar("Parsed")


class _Known(dict[bytes, Parsed]):
    """What a parser made of values, by the value."""

    def __init__(self, parse: Callable[[bytes], Parsed]) -> None:
        self._parse = parse

    def __missing__(self, value: bytes) -> Parsed:
        parsed = self._parse(value)
        if len(value) <= REMEMBERED_LENGTH:
            if len(self) >= REMEMBERED:
                self.clear()
            self[value] = parsed
        return parsed


def remembered(parse: Callable[[bytes], Parsed]) -> Callable[[bytes], Parsed]:
    """Keep what a parser made of recent short values. It must give what nobody changes.

    The result is a look-up in a dictionary and nothing else, as each message does many of them.
    """
    return _Known(parse).__getitem__


_QUOTED = rb'"(?:[^"\\]|\\.)*+"'
_PIECE: Final = {
    separator: re.compile(rb'(?:[^"<' + separator + rb"]|" + _QUOTED + rb"|<[^>]*>)*+", re.DOTALL)
    for separator in (b",", b";")
}
_ESCAPED_CHARACTER: Final = re.compile(rb"\\(.)", re.DOTALL)
_QUOTED_DISPLAY: Final = re.compile(_QUOTED + rb"[ \t]*(?=<)", re.DOTALL)
_VIA: Final = re.compile(
    rb"SIP[ \t]*+/[ \t]*+2\.0[ \t]*+/[ \t]*+([^ \t;,/]++)[ \t]++"  # protocol and transport
    rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.\-]+)"  # host
    rb"[ \t]*+(?::[ \t]*+(\d{1,5}))?[ \t]*+",  # port
    re.IGNORECASE,
)
_BRANCH: Final = re.compile(rb";branch=([^;=,\" \t]+)(?=$|;)")
_PLAIN_ADDRESS: Final = re.compile(rb"((?:[^\"<>,;:]|\"[^\"\\<>]*\")*)<([a-z]+:[^\s\"<>]+)")
"""An address as nearly everybody writes From and To: display name, brackets (here the first)."""
_QUOTE, _BRACKET, _SPACE, _TAB = b'"< \t'
_TAG_VALUE: Final = re.compile(rb"[^\s;,\"<>]*")


def split_list(value: bytes, separator: bytes = b",") -> list[bytes]:
    """Split at separators outside of quotes and angle brackets; items stripped of SP and HTAB.

    SipParseError when an item between commas is empty.
    """
    # Numbers instead of bytes: `b"," in value` first fails to be a number, which costs 300 ns.
    if separator[0] not in value:
        return [value]
    if _QUOTE not in value and _BRACKET not in value:
        pieces = [piece.strip(b" \t") for piece in value.split(separator)]
    else:
        pieces = list(_quoted_pieces(value, separator))
    if separator == b"," and b"" in pieces:
        raise SipParseError("Extraneous separators")
    return pieces


def _quoted_pieces(value: bytes, separator: bytes) -> Iterator[bytes]:
    position, pattern = 0, _PIECE[separator]
    while True:
        match = pattern.match(value, position)
        end = match.end() if match else position
        yield value[position:end].strip(b" \t")
        if end >= len(value):
            return
        if value[end : end + 1] != separator:
            raise SipParseError("Unbalanced quotes or brackets")
        position = end + 1


def parse_parameters(text: bytes) -> Parameters:
    """`;name=value;name` (leading semicolon optional) as a mapping. Quotes stay on values."""
    parameters: Parameters = {}
    for piece in split_list(text, b";"):
        name, equals, value = piece.partition(b"=")
        if name := name.strip(b" \t").lower():
            parameters[name] = value.strip(b" \t") if equals else None
    return parameters


def unquote(value: bytes) -> bytes:
    """Text of a quoted-string; anything else as it is."""
    if len(value) >= 2 and value.startswith(b'"') and value.endswith(b'"'):
        inner = value[1:-1]
        return _ESCAPED_CHARACTER.sub(rb"\1", inner) if b"\\" in inner else inner
    return value


@lru_cache(256)
def parse_number(value: bytes, limit: int = 2**32 - 1) -> int:
    """A decimal number from 0 to `limit`; SipParseError for anything else."""
    if not value.isdigit() or len(value) > 10 or (number := int(value)) > limit:
        raise SipParseError("Malformed number")
    return number


class Address:
    """name-addr or addr-spec with its header parameters (RFC 3261 section 20.10).

    Without angle brackets all parameters are the header's, not the URI's.
    """

    __slots__ = ("_parameters", "_tag", "display", "suffix", "uri")

    def __init__(self, display: bytes, uri: bytes, suffix: bytes, tag: bytes | None = None) -> None:
        self.display = display
        self.uri = uri
        self.suffix = suffix
        self._parameters: Parameters | None = None
        self._tag = tag

    @property
    def parameters(self) -> Parameters:
        """Header parameters (tag, expires, q …), parsed on first use."""
        if self._parameters is None:
            self._parameters = parse_parameters(self.suffix)
        return self._parameters

    @property
    def tag(self) -> bytes:
        """The tag, empty when there is none (RFC 2543 peers)."""
        if self._tag is None:
            self._tag = self.parameters.get(b"tag") or b""
        return self._tag


@remembered
def parse_address(value: bytes) -> Address:
    """Parse one From, To, Contact, Route value (exactly one: split lists before)."""
    party, bracket, suffix = value.partition(b">")
    known = _plain_address(party) if bracket else None
    if known is not None:
        if not suffix:
            return Address(known[0], known[1], b"", b"")
        tag = suffix[5:]
        if suffix[:5] == b";tag=" and (tag.isalnum() or _TAG_VALUE.fullmatch(tag)):
            return Address(known[0], known[1], suffix, tag)
    return _parse_unusual_address(value)


@remembered
def _plain_address(party: bytes) -> tuple[bytes, bytes] | None:
    """Display name and URI, where an address begins as nearly all do: `"Alice" <sip:a@b`."""
    match = _PLAIN_ADDRESS.fullmatch(party)
    return None if match is None else (match[1].rstrip(b" \t"), match[2])


def _parse_unusual_address(value: bytes) -> Address:
    start = 0
    if value.startswith(b'"'):
        quoted = _QUOTED_DISPLAY.match(value)
        if quoted is None:
            raise SipParseError("Unterminated quoted string")
        start = quoted.end()
    opening = value.find(b"<", start)
    if opening < 0:
        uri, semicolon, suffix = value.partition(b";")
        if b"?" in uri or b"," in uri:  # section 20.10: such a URI needs its brackets
            raise SipParseError("Address without angle brackets")
        return _checked(b"", uri.rstrip(b" \t"), semicolon + suffix)
    closing = value.find(b">", opening)
    if closing < 0:
        raise SipParseError("Unbalanced angle brackets")
    suffix = value[closing + 1 :].strip(b" \t")
    if suffix and not suffix.startswith(b";"):
        raise SipParseError("Malformed address")
    return _checked(value[:opening].strip(b" \t"), value[opening + 1 : closing], suffix)


def _checked(display: bytes, uri: bytes, suffix: bytes) -> Address:
    if not uri or b" " in uri or b"\t" in uri or b'"' in uri or b"<" in uri:
        raise SipParseError("Malformed URI in address")
    if b":" not in uri:
        raise SipParseError("URI without scheme")
    # Read at once: what is wrong with it must come out here, not where its tag is looked at.
    return Address(display, uri, suffix, parse_parameters(suffix).get(b"tag") or b"")


Origin = tuple[bytes, bytes, int, bytes]
"""A Via's sender: transport, host, port (0 when not given), and host and port as written."""


class Via:
    """One Via value. `port` is 0 when not given; `sent_by` is host and port as written."""

    __slots__ = ("_others", "_parameters", "branch", "host", "port", "sent_by", "text", "transport")

    def __init__(self, text: bytes, origin: Origin, branch: bytes | None, others: bytes) -> None:
        """`others` are parameters as written, all of them when the branch is still unknown."""
        self.text = text
        self.transport, self.host, self.port, self.sent_by = origin
        self._others = others
        self._parameters: Parameters | None = None
        self.branch = branch if branch is not None else self.parameters.get(b"branch") or b""

    @property
    def parameters(self) -> Parameters:
        """Via parameters, parsed on first use."""
        if self._parameters is None:
            self._parameters = parse_parameters(self.text.partition(b";")[2])
        return self._parameters

    def mentions(self, name: bytes) -> bool:
        """Whether there is such a parameter; cheap when there is nothing like it."""
        return bool(self._others) and name in self._others.lower() and name in self.parameters


def parse_via(value: bytes) -> Via:
    """Parse one Via value (RFC 3261 section 20.42)."""
    sender, _, parameters = value.partition(b";")
    origin = parse_origin(sender)
    if parameters[:7] == b"branch=":
        branch, _, others = parameters[7:].partition(b";")
        if not (_QUOTE in branch or _SPACE in branch or _TAB in branch):
            return Via(value, origin, branch, others)
    found = _BRANCH.search(value)
    return Via(value, origin, found[1] if found else None, parameters)


@remembered
def parse_origin(sender: bytes) -> Origin:
    """What stands before the parameters of a Via value."""
    match = _VIA.fullmatch(sender)
    if match is None or int(match[3] or 0) > 65535:
        raise SipParseError("Malformed Via")
    transport, host, port = match.groups()
    return transport.upper(), host, int(port or 0), host + b":" + port if port else host


@remembered
def parse_cseq(value: bytes) -> tuple[int, bytes]:
    """CSeq number and method. Whether the method is one is for those to see who know it."""
    parts = value.split()
    if len(parts) != 2:
        raise SipParseError("Malformed CSeq")
    return parse_number(parts[0], MAX_SEQUENCE), parts[1]
