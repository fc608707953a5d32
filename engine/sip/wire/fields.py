"""Values of header fields: lists, parameters, name-addr, Via, CSeq.

Each function takes one header value as bytes, gives plain data, and raises only SipParseError.
"""

import re
from collections.abc import Iterator
from typing import Final

from engine.sip.wire.errors import SipParseError
from engine.sip.wire.names import TOKEN

Parameters = dict[bytes, bytes | None]
"""Parameters by lower-case name; None when there is a name without a value."""

MAX_SEQUENCE: Final = 2**31 - 1
"""CSeq numbers are below 2**31 (RFC 3261 section 8.1.1.5)."""

_QUOTED = rb'"(?:[^"\\]|\\.)*+"'
_PIECE: Final = {
    separator: re.compile(rb'(?:[^"<' + separator + rb"]|" + _QUOTED + rb"|<[^>]*>)*+", re.DOTALL)
    for separator in (b",", b";")
}
_QUOTED_DISPLAY: Final = re.compile(_QUOTED + rb"[ \t]*(?=<)", re.DOTALL)
_VIA: Final = re.compile(
    rb"SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*([^ \t;,/]+)[ \t]+"  # protocol and transport
    rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.\-]+)"  # host
    rb"[ \t]*(?::[ \t]*(\d{1,5}))?[ \t]*(?=$|;)",  # port
    re.IGNORECASE,
)
_CSEQ: Final = re.compile(rb"(\d{1,10})[ \t]+([^ \t]+)")
_NUMBER: Final = re.compile(rb"\d{1,10}")


def split_list(value: bytes, separator: bytes = b",") -> list[bytes]:
    """Split at separators outside of quotes and angle brackets; items stripped of SP and HTAB."""
    if separator not in value:
        return [value]
    if b'"' not in value and b"<" not in value:
        return [piece.strip(b" \t") for piece in value.split(separator)]
    return list(_quoted_pieces(value, separator))


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
        return re.sub(rb"\\(.)", rb"\1", value[1:-1], flags=re.DOTALL)
    return value


def parse_number(value: bytes, limit: int = 2**32 - 1) -> int:
    """A decimal number from 0 to `limit`; SipParseError for anything else."""
    if not _NUMBER.fullmatch(value) or int(value) > limit:
        raise SipParseError("Malformed number")
    return int(value)


class Address:
    """name-addr or addr-spec with its header parameters (RFC 3261 section 20.10).

    Without angle brackets all parameters are the header's, not the URI's.
    """

    __slots__ = ("_parameters", "display", "suffix", "uri")

    def __init__(self, display: bytes, uri: bytes, suffix: bytes) -> None:
        self.display = display
        self.uri = uri
        self.suffix = suffix
        self._parameters: Parameters | None = None

    @property
    def parameters(self) -> Parameters:
        """Header parameters (tag, expires, q …), parsed on first use."""
        if self._parameters is None:
            self._parameters = parse_parameters(self.suffix)
        return self._parameters

    @property
    def tag(self) -> bytes:
        """The tag, empty when there is none (RFC 2543 peers)."""
        suffix = self.suffix
        if suffix.startswith(b";tag=") and b";" not in suffix[5:] and b'"' not in suffix:
            return suffix[5:]
        return self.parameters.get(b"tag") or b""


def parse_address(value: bytes) -> Address:
    """Parse one From, To, Contact, Route value (exactly one: split lists before)."""
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
    return Address(display, uri, suffix)


class Via:
    """One Via value. `port` is 0 when not given; `sent_by` is host and port as written."""

    __slots__ = ("branch", "host", "parameters", "port", "sent_by", "text", "transport")

    def __init__(self, text: bytes, match: re.Match[bytes]) -> None:
        self.text = text
        self.transport = match[1].upper()
        self.host = match[2]
        self.port = int(match[3] or 0)
        self.sent_by = match[2] + b":" + match[3] if match[3] else match[2]
        self.parameters = parse_parameters(text[match.end() :])
        self.branch = self.parameters.get(b"branch") or b""


def parse_via(value: bytes) -> Via:
    """Parse one Via value (RFC 3261 section 20.42)."""
    match = _VIA.match(value)
    if match is None or int(match[3] or 0) > 65535:
        raise SipParseError("Malformed Via")
    return Via(value, match)


def parse_cseq(value: bytes) -> tuple[int, bytes]:
    """CSeq number and method."""
    match = _CSEQ.fullmatch(value)
    if match is None or not TOKEN.fullmatch(match[2]):
        raise SipParseError("Malformed CSeq")
    number = int(match[1])
    if number > MAX_SEQUENCE:
        raise SipParseError("CSeq out of range")
    return number, match[2]
