"""A SIP message: what every message is handled by as attributes, all other headers on demand.

Most messages are never taken apart. Their header lines below the topmost Via stay one piece of
text, in which each name is known to be spelled in the one usual way (`usual` sees to that), so a
header is found by looking for its spelling, and forwarding joins a few slices. A message with
anything unusual in it is laid out: lines, their canonical names, and their values.

This module knows syntax only: not who sent a message, nor what a proxy would do with it.
"""

import re
from typing import Final

from engine.sip.wire.errors import SipParseError
from engine.sip.wire.fields import (
    Address,
    Via,
    parse_address,
    parse_cseq,
    parse_number,
    parse_via,
    remembered,
    split_list,
)
from engine.sip.wire.lines import named
from engine.sip.wire.names import MARKS, TOKEN
from engine.sip.wire.uri import SipUri, parse_request_uri

MAX_SIZE: Final = 65535
"""Bytes of a message. What UDP can carry; streams have the same limit unless configured lower."""
MAX_START_LINE: Final = 8192

METHODS: Final = {
    name.encode(): name
    for name in (
        "INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "PRACK", "SUBSCRIBE", "NOTIFY",
        "PUBLISH", "INFO", "REFER", "MESSAGE", "UPDATE",
    )
}  # fmt: skip

SINGLE: Final = (b"from", b"to", b"call-id", b"cseq", b"max-forwards", b"content-length")
"""Headers of which a message may have one only (RFC 3261 section 7.3.1), as far as we read them."""

_STATUS_LINE: Final = re.compile(rb"SIP/2\.0 ([1-6]\d\d) ([^\r\n]*)", re.IGNORECASE)
_VERSION: Final = re.compile(rb"SIP/\d+\.\d+", re.IGNORECASE)
_COMMA: Final = ord(",")


class Message:
    """What requests and responses share.

    Either `below` is text or the message is laid out: `headers` are lines, and `names[i]` is the
    canonical name of `headers[i]`. Asking for one of these two lays a message out, for good:
    whoever changes a line changes what is forwarded, and whoever only reads asks for `value`.
    Plain attributes, because a property costs more than most of what it gives.
    """

    __slots__ = (
        "_fields", "_headers", "_names", "below", "body", "cseq", "start_line", "top", "via",
    )  # fmt: skip

    top: bytes
    """Line of the topmost Via, as it goes on to the next hop. Only where there is `below`."""
    via: Via
    """The topmost Via as it came."""
    cseq: tuple[int, bytes]
    """CSeq number and method."""
    _headers: list[bytes]
    _names: list[bytes]
    _fields: dict[bytes, bytes]

    def __init__(self, start_line: bytes, body: bytes, below: bytes | None = None) -> None:
        self.start_line = start_line
        self.body = body
        self.below = below
        """Header lines under the topmost Via, the line break before each; None when laid out."""

    def lay_out(self, headers: list[bytes]) -> None:
        """Take over header lines. One that is no header has an empty name."""
        self._headers = headers
        self._names, self._fields = named(headers)
        self.below = None

    def _taken_apart(self) -> None:
        if self.below is not None:
            self.lay_out([self.top, *self.below[2:].split(b"\r\n")])

    @property
    def headers(self) -> list[bytes]:
        """Header lines."""
        self._taken_apart()
        return self._headers

    @property
    def names(self) -> list[bytes]:
        """Their canonical names."""
        self._taken_apart()
        return self._names

    def value(self, name: bytes) -> bytes | None:
        """Value of the first header of that canonical name; None when there is none."""
        below = self.below
        if below is None:
            return self._fields.get(name)
        mark = MARKS.get(name)
        if mark is None:
            return None
        _, found, rest = self._text(name).partition(mark)
        return rest.partition(b"\r")[0].strip(b" \t") if found else None

    def _text(self, name: bytes) -> bytes:
        """Where headers of that name stand in a message that is not laid out."""
        assert self.below is not None  # noqa: S101  asked by the callers
        return b"\r\n" + self.top + self.below if name == b"via" else self.below

    def required(self, name: bytes) -> bytes:
        """Value of a header that must be there. SipParseError when it is not."""
        value = self.value(name)
        if not value:
            raise SipParseError(f"Missing {name.decode('ascii', 'replace')}")
        return value

    def line(self, name: bytes) -> bytes:
        """The first header of that name, which must be there, with its name as written."""
        return self.headers[self.names.index(name)]

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header that is a list, of all its lines, in order."""
        if self.below is not None and name not in MARKS:
            return []
        lines = self.occurrences(name)
        if len(lines) == 1:
            return split_list(lines[0])
        return [item for value in lines for item in split_list(value)]

    def occurrences(self, name: bytes) -> list[bytes]:
        """Values of all lines of that name, each as it stands there."""
        if self.below is None:
            if name not in self._fields:
                return []
            lines = zip(self._names, self._headers, strict=True)
            return [line.partition(b":")[2].strip(b" \t") for known, line in lines if known == name]
        mark = MARKS.get(name)
        if mark is None:
            return []
        _, *pieces = self._text(name).split(mark)
        return [piece.partition(b"\r")[0].strip(b" \t") for piece in pieces] if pieces else []

    def read_via(self) -> None:
        """Parse the topmost Via."""
        value = self.required(b"via")
        self.via = parse_via(split_list(value)[0] if _COMMA in value else value)

    def check(self) -> None:
        """Parse what every message is handled by. SipParseError names the first thing wrong."""
        if len(self._fields) != len(self._names):
            for name in SINGLE:
                if self._names.count(name) > 1:
                    raise SipParseError(f"More than one {name.decode()}")
        self.read_via()
        self.cseq = parse_cseq(self.required(b"cseq"))

    def parse_start(self) -> None:
        """Read the first line."""
        raise NotImplementedError


class Request(Message):
    """A request. `uri` is the Request-URI as written; `method` keeps its case."""

    __slots__ = (
        "call_id", "from_text", "hops", "method", "recipient", "sender", "to_text", "uri", "vias",
    )  # fmt: skip

    method: str
    uri: bytes
    sender: Address
    """The From header."""
    recipient: Address
    """The To header."""
    from_text: bytes
    """The From header as written."""
    to_text: bytes
    """The To header as written."""
    call_id: bytes
    """Opaque."""
    vias: bytes
    """What `below` begins with: the lines of further Vias."""
    hops: int
    """Max-Forwards as `usual` has read it. Only where there is `below`: see `max_forwards`."""

    def parse_start(self) -> None:
        """Read the request line (RFC 3261 section 7.1): exactly one space between its parts."""
        parts = self.start_line.split(b" ")
        if len(parts) != 3 or not parts[1] or len(self.start_line) > MAX_START_LINE:
            raise SipParseError("Malformed request line")
        method, self.uri, version = parts
        if version != b"SIP/2.0" and version.upper() != b"SIP/2.0":
            if _VERSION.fullmatch(version):
                raise SipParseError("Version Not Supported", 505)
            raise SipParseError("Malformed request line")
        self.method = METHODS.get(method) or _token(method)
        if self.uri[:1] == b"<":
            raise SipParseError("Request-URI in angle brackets")

    def check(self) -> None:
        """See Message. A request's CSeq must also name its method (section 8.1.1.5)."""
        Message.check(self)
        if self.cseq[1] != self.method.encode("ascii"):
            raise SipParseError("CSeq does not match the method")
        self.from_text = self.required(b"from")
        self.sender = parse_address(self.from_text)
        self.to_text = self.required(b"to")
        self.recipient = parse_address(self.to_text)
        self.call_id = self.required(b"call-id")

    @property
    def target(self) -> SipUri:
        """The Request-URI parsed. SipParseError: 416 for what is neither sip(s) nor SOS."""
        return parse_request_uri(self.uri)

    @property
    def max_forwards(self) -> int:
        """Hops left; 70 when not given (RFC 3261 section 16.6 step 3)."""
        if self.below is not None:
            return self.hops
        value = self.value(b"max-forwards")
        return 70 if value is None else parse_number(value, 255)

    def further_vias(self) -> list[bytes]:
        """Values of all Vias but the topmost: the hops that the request took before."""
        return [] if self.below is not None and not self.vias else self.values(b"via")[1:]

    def check_answerable(self) -> None:
        """Whether an answer may and can be sent. SipParseError when not."""
        if self.start_line.startswith(b"ACK "):
            raise SipParseError("Malformed ACK")
        for name in (b"via", b"from", b"to", b"call-id", b"cseq"):
            self.required(name)


class Response(Message):
    """A response. `status` is from 100 to 699; `reason` may be empty."""

    __slots__ = ("reason", "status", "to_text")

    status: int
    reason: bytes
    to_text: bytes
    """The To header as written."""

    def parse_start(self) -> None:
        """Read the status line (section 7.2)."""
        self.status, self.reason = _parse_status_line(self.start_line)

    def check(self) -> None:
        """See Message. Who is called what matters to the ends only: there must be a To."""
        Message.check(self)
        self.to_text = self.required(b"to")

    @property
    def sender(self) -> Address:
        """The From header, parsed anew each time, as are the next two: a proxy needs none."""
        return parse_address(self.required(b"from"))

    @property
    def recipient(self) -> Address:
        """The To header."""
        return parse_address(self.to_text)

    @property
    def call_id(self) -> bytes:
        """The Call-ID, opaque."""
        return self.required(b"call-id")


@remembered
def _parse_status_line(line: bytes) -> tuple[int, bytes]:
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise SipParseError("Malformed status line")
    return int(match[1]), match[2]


def _token(method: bytes) -> str:
    if not TOKEN.fullmatch(method) or len(method) > 64:
        raise SipParseError("Malformed method")
    return method.decode("ascii")
