"""A SIP message as the lines of its datagram, each header parsed when it is first asked for.

Forwarding keeps the lines as they came and joins them again, so what we do not understand passes
unchanged and costs nothing. This module knows syntax only: not who sent a message, nor what a
proxy would do with it. Whatever the bytes, only SipParseError leaves it.
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
    split_list,
)
from engine.sip.wire.names import SPELLINGS, TOKEN, canonical_name
from engine.sip.wire.uri import SipUri, parse_uri

MAX_SIZE: Final = 65535
"""Bytes of a message. What UDP can carry; streams have the same limit unless configured lower."""
MAX_HEADERS: Final = 256
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

_FOLD: Final = re.compile(rb"[ \t]*\r\n[ \t]+")
_STATUS_LINE: Final = re.compile(rb"SIP/2\.0 ([1-6]\d\d) ([^\r\n]*)", re.IGNORECASE)
_VERSION: Final = re.compile(rb"SIP/\d+\.\d+", re.IGNORECASE)
_BODY_MARK: Final = b"\r\n\r\n"
_WHITE: Final = (b" ", b"\t")
_INDICES: Final = tuple(range(MAX_HEADERS))


class Message:
    """What requests and responses share. `names[i]` is the canonical name of `headers[i]`."""

    __slots__ = (
        "_call_id", "_cseq", "_from", "_to", "_via", "body", "headers", "names", "positions",
        "start_line",
    )  # fmt: skip

    def __init__(
        self, start_line: bytes, headers: list[bytes], names: list[bytes], body: bytes
    ) -> None:
        self.start_line = start_line
        self.headers = headers
        self.names = names
        self.body = body
        self.positions = _positions(names)
        self._via: Via | None = None
        self._cseq: tuple[int, bytes] | None = None
        self._call_id = b""
        self._from: Address | None = None
        self._to: Address | None = None

    def value(self, name: bytes) -> bytes | None:
        """Value of the first header of that canonical name; None when there is none."""
        position = self.positions.get(name)
        if position is None:
            return None
        return self.headers[position].partition(b":")[2].strip(b" \t")

    def required(self, name: bytes) -> bytes:
        """Value of a header that must be there. SipParseError when it is not."""
        value = self.value(name)
        if not value:
            raise SipParseError(f"Missing {name.decode('ascii', 'replace')}")
        return value

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header that is a list, of all its lines, in order."""
        position = self.positions.get(name)
        if position is None:
            return []
        if len(self.positions) == len(self.names):
            return split_list(self.headers[position].partition(b":")[2].strip(b" \t"))
        return [
            item
            for line_name, line in zip(self.names, self.headers, strict=True)
            if line_name == name
            for item in split_list(line.partition(b":")[2].strip(b" \t"))
        ]

    @property
    def via(self) -> Via:
        """The topmost Via."""
        if self._via is None:
            self._via = parse_via(split_list(self.required(b"via"))[0])
        return self._via

    @property
    def call_id(self) -> bytes:
        """The Call-ID, opaque."""
        if not self._call_id:
            self._call_id = self.required(b"call-id")
        return self._call_id

    @property
    def cseq(self) -> tuple[int, bytes]:
        """CSeq number and method."""
        if self._cseq is None:
            self._cseq = parse_cseq(self.required(b"cseq"))
        return self._cseq

    @property
    def sender(self) -> Address:
        """The From header."""
        if self._from is None:
            self._from = parse_address(self.required(b"from"))
        return self._from

    @property
    def recipient(self) -> Address:
        """The To header."""
        if self._to is None:
            self._to = parse_address(self.required(b"to"))
        return self._to

    def check(self) -> None:
        """Parse what every message is handled by. SipParseError names the first thing wrong."""
        if len(self.positions) != len(self.names):
            for name in SINGLE:
                if self.names.count(name) > 1:
                    raise SipParseError(f"More than one {name.decode()}")
        _ = self.via, self.cseq


class Request(Message):
    """A request. `uri` is the Request-URI as written; `method` keeps its case."""

    __slots__ = ("_hops", "_target", "method", "uri")

    def __init__(
        self, start_line: bytes, headers: list[bytes], names: list[bytes], body: bytes
    ) -> None:
        Message.__init__(self, start_line, headers, names, body)
        self.method = ""
        self.uri = b""
        self._target: SipUri | None = None
        self._hops = -1

    @property
    def target(self) -> SipUri:
        """The Request-URI parsed. SipParseError: 416 for other schemes than sip and sips."""
        if self._target is None:
            self._target = parse_uri(self.uri)
        return self._target

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
        if self.uri.startswith(b"<"):
            raise SipParseError("Request-URI in angle brackets")

    def check(self) -> None:
        """See Message. A request's CSeq must also name its method (section 8.1.1.5)."""
        Message.check(self)
        if self.cseq[1] != self.method.encode("ascii"):
            raise SipParseError("CSeq does not match the method")
        _ = self.sender, self.recipient, self.call_id

    @property
    def max_forwards(self) -> int:
        """Hops left; 70 when not given (RFC 3261 section 16.6 step 3)."""
        if self._hops < 0:
            value = self.value(b"max-forwards")
            self._hops = 70 if value is None else parse_number(value, 255)
        return self._hops

    def check_answerable(self) -> None:
        """Whether an answer may and can be sent. SipParseError when not."""
        if self.start_line.startswith(b"ACK "):
            raise SipParseError("Malformed ACK")
        for name in (b"via", b"from", b"to", b"call-id", b"cseq"):
            self.required(name)


class Response(Message):
    """A response. `status` is from 100 to 699; `reason` may be empty."""

    __slots__ = ("reason", "status")

    def __init__(
        self, start_line: bytes, headers: list[bytes], names: list[bytes], body: bytes
    ) -> None:
        Message.__init__(self, start_line, headers, names, body)
        self.status = 0
        self.reason = b""

    def check(self) -> None:
        """See Message. Who is called what matters to the ends only: there must be a To."""
        Message.check(self)
        self.required(b"to")

    def parse_start(self) -> None:
        """Read the status line (section 7.2)."""
        match = _STATUS_LINE.fullmatch(self.start_line)
        if match is None:
            raise SipParseError("Malformed status line")
        self.status = int(match[1])
        self.reason = match[2]


def _token(method: bytes) -> str:
    if not TOKEN.fullmatch(method) or len(method) > 64:
        raise SipParseError("Malformed method")
    return method.decode("ascii")


class BrokenRequest(SipParseError):  # noqa: N818  it names the request
    """A request that cannot be acted on but can be answered: `request` has what an answer needs."""

    def __init__(self, error: SipParseError, request: Request) -> None:
        super().__init__(error.reason, error.status)
        self.request = request


def parse_message(data: bytes) -> Request | Response:
    """Parse one datagram, or one message cut from a stream by its Content-Length.

    Raises SipParseError when the bytes must be dropped, BrokenRequest (a SipParseError) when the
    sender of a request can be told. What is returned has been through `check`.
    """
    message = _split(data)
    try:
        message.body = _body(message)
        message.parse_start()
        message.check()
    except SipParseError as error:
        if isinstance(message, Request):
            raise BrokenRequest(error, message) from None
        raise
    return message


def _split(data: bytes) -> Request | Response:
    if len(data) > MAX_SIZE:
        raise SipParseError("Message too large", 513)
    end = data.find(_BODY_MARK)
    if end < 0:
        raise SipParseError("No end of headers")
    if data[0] in b"\r\n":
        data = data.lstrip(b"\r\n")
        end = data.find(_BODY_MARK)
    headers = _lines(data[: max(end, 0)])
    start_line = headers.pop(0)
    names = _names(headers)
    if b"" in names and any(line[:1] in _WHITE for line in headers):
        # Folded lines are rare, and looking for them in every message was a tenth of parsing it.
        start_line, *headers = _FOLD.sub(b" ", b"\r\n".join((start_line, *headers))).split(b"\r\n")
        names = _names(headers)
    kind = Response if start_line[:4].upper() == b"SIP/" else Request
    message: Request | Response = kind(start_line, headers, names, data[end + 4 :])
    if b"" in message.positions:
        raise _malformed_header(message)
    return message


def _lines(head: bytes) -> list[bytes]:
    lines = head.split(b"\r\n")
    # A lone CR or LF would end a line for a sloppier parser behind us: refuse, never forward.
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1:
        raise SipParseError("Stray line break")
    if len(lines) > MAX_HEADERS:
        raise SipParseError("Too many header fields")
    return lines


def _names(headers: list[bytes]) -> list[bytes]:
    """Canonical names; empty for a line that is no header, with or without a colon."""
    return [
        colon and (SPELLINGS.get(name) or canonical_name(name))
        for name, colon, _ in [line.partition(b":") for line in headers]
    ]


def _positions(names: list[bytes]) -> dict[bytes, int]:
    """Where each name stands first."""
    positions = dict(zip(names, _INDICES, strict=False))
    if len(positions) == len(names):
        return positions
    return dict(zip(reversed(names), range(len(names) - 1, -1, -1), strict=True))


def _malformed_header(message: Request | Response) -> SipParseError:
    error = SipParseError("Malformed header field")
    return BrokenRequest(error, message) if isinstance(message, Request) else error


def _body(message: Message) -> bytes:
    """The body, cut to Content-Length (section 18.3: surplus octets of a datagram are ignored)."""
    value = message.value(b"content-length")
    if value is None:
        return message.body
    length = parse_number(value)
    if length > len(message.body):
        raise SipParseError("Content-Length larger than message")
    return message.body[:length]
