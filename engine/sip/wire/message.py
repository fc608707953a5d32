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
    remembered,
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
_BREAKS: Final = (b"\r", b"\n", b"")
_WHITE: Final = (b" ", b"\t")
_COMMA: Final = ord(",")


class Message:
    """What requests and responses share.

    `headers` are lines, and `names[i]` is the canonical name of `headers[i]`; `fields` are the
    values of the first header of each name. What `check` parsed are plain attributes, as a
    property costs more than most of what it would give.
    """

    __slots__ = ("body", "cseq", "fields", "headers", "names", "start_line", "via")

    via: Via
    """The topmost Via."""
    cseq: tuple[int, bytes]
    """CSeq number and method."""

    def __init__(
        self,
        start_line: bytes,
        headers: list[bytes],
        names: list[bytes],
        fields: dict[bytes, bytes],
        body: bytes,
    ) -> None:
        self.start_line = start_line
        self.headers = headers
        self.names = names
        self.fields = fields
        self.body = body

    def value(self, name: bytes) -> bytes | None:
        """Value of the first header of that canonical name; None when there is none."""
        return self.fields.get(name)

    def required(self, name: bytes) -> bytes:
        """Value of a header that must be there. SipParseError when it is not."""
        value = self.fields.get(name)
        if not value:
            raise SipParseError(f"Missing {name.decode('ascii', 'replace')}")
        return value

    def line(self, name: bytes) -> bytes:
        """The first header of that name, which must be there, with its name as written."""
        return self.headers[self.names.index(name)]

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header that is a list, of all its lines, in order."""
        first = self.fields.get(name)
        if first is None:
            return []
        if len(self.fields) == len(self.names):
            return split_list(first)
        return [
            item
            for line_name, line in zip(self.names, self.headers, strict=True)
            if line_name == name
            for item in split_list(line.partition(b":")[2].strip(b" \t"))
        ]

    def read_via(self) -> None:
        """Parse the topmost Via."""
        value = self.required(b"via")
        self.via = parse_via(split_list(value)[0] if _COMMA in value else value)

    def check(self) -> None:
        """Parse what every message is handled by. SipParseError names the first thing wrong."""
        if len(self.fields) != len(self.names):
            for name in SINGLE:
                if self.names.count(name) > 1:
                    raise SipParseError(f"More than one {name.decode()}")
        self.read_via()
        self.cseq = parse_cseq(self.required(b"cseq"))

    def parse_start(self) -> None:
        """Read the first line."""
        raise NotImplementedError


class Request(Message):
    """A request. `uri` is the Request-URI as written; `method` keeps its case."""

    __slots__ = ("call_id", "method", "recipient", "sender", "uri")

    method: str
    uri: bytes
    sender: Address
    """The From header."""
    recipient: Address
    """The To header."""
    call_id: bytes
    """Opaque."""

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
        self.sender = parse_address(self.required(b"from"))
        self.recipient = parse_address(self.required(b"to"))
        self.call_id = self.required(b"call-id")

    @property
    def target(self) -> SipUri:
        """The Request-URI parsed. SipParseError: 416 for other schemes than sip and sips."""
        return parse_uri(self.uri)

    @property
    def max_forwards(self) -> int:
        """Hops left; 70 when not given (RFC 3261 section 16.6 step 3)."""
        value = self.fields.get(b"max-forwards")
        return 70 if value is None else parse_number(value, 255)

    def check_answerable(self) -> None:
        """Whether an answer may and can be sent. SipParseError when not."""
        if self.start_line.startswith(b"ACK "):
            raise SipParseError("Malformed ACK")
        for name in (b"via", b"from", b"to", b"call-id", b"cseq"):
            self.required(name)


class Response(Message):
    """A response. `status` is from 100 to 699; `reason` may be empty."""

    __slots__ = ("reason", "status")

    status: int
    reason: bytes

    def parse_start(self) -> None:
        """Read the status line (section 7.2)."""
        self.status, self.reason = _parse_status_line(self.start_line)

    def check(self) -> None:
        """See Message. Who is called what matters to the ends only: there must be a To."""
        Message.check(self)
        self.required(b"to")

    @property
    def sender(self) -> Address:
        """The From header, parsed anew each time, as are the next two: a proxy needs none."""
        return parse_address(self.required(b"from"))

    @property
    def recipient(self) -> Address:
        """The To header."""
        return parse_address(self.required(b"to"))

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
    head, mark, body = data.partition(_BODY_MARK)
    if not mark:
        raise SipParseError("No end of headers")
    if head[:1] in _BREAKS:
        head, _, body = data.lstrip(b"\r\n").partition(_BODY_MARK)
    headers = _lines(head)
    start_line = headers.pop(0)
    names, fields = _fields(headers)
    if b"" in fields and any(line[:1] in _WHITE for line in headers):
        # Folded lines are rare, and looking for them in every message was a tenth of parsing it.
        start_line, *headers = _FOLD.sub(b" ", b"\r\n".join((start_line, *headers))).split(b"\r\n")
        names, fields = _fields(headers)
    kind = Response if start_line[:4].upper() == b"SIP/" else Request
    message: Request | Response = kind(start_line, headers, names, fields, body)
    if b"" in fields:
        raise _malformed_header(message)
    return message


def _lines(head: bytes) -> list[bytes]:
    lines = head.splitlines() or [head]
    # A lone CR or LF would end a line for a sloppier parser behind us: refuse, never forward.
    if b"\r\n".join(lines) != head:
        raise SipParseError("Stray line break")
    if len(lines) > MAX_HEADERS:
        raise SipParseError("Too many header fields")
    return lines


def _fields(headers: list[bytes]) -> tuple[list[bytes], dict[bytes, bytes]]:
    """Canonical names, and the first value of each; a line that is no header has an empty name."""
    names: list[bytes] = []
    fields: dict[bytes, bytes] = {}
    for line in headers:
        name, colon, value = line.partition(b":")
        name = colon and (SPELLINGS.get(name) or canonical_name(name))
        names.append(name)
        if name not in fields:
            fields[name] = value.strip(b" \t")
    return names, fields


def _malformed_header(message: Request | Response) -> SipParseError:
    error = SipParseError("Malformed header field")
    return BrokenRequest(error, message) if isinstance(message, Request) else error


def _body(message: Message) -> bytes:
    """The body, cut to Content-Length (section 18.3: surplus octets of a datagram are ignored)."""
    value = message.fields.get(b"content-length")
    if value is None:
        return message.body
    length = parse_number(value)
    if length > len(message.body):
        raise SipParseError("Content-Length larger than message")
    return message.body[:length]
