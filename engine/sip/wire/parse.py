"""Bytes to a message: the usual ones at a glance, all others with every rule of RFC 3261 section 7.

Whatever the bytes, only SipParseError leaves it.
"""

from typing import Final

from engine.sip.wire.errors import SipParseError
from engine.sip.wire.fields import parse_number
from engine.sip.wire.lines import lines_of, unfolded
from engine.sip.wire.message import MAX_SIZE, Message, Request, Response
from engine.sip.wire.usual import recognise

_BODY_MARK: Final = b"\r\n\r\n"
_BREAKS: Final = (b"\r", b"\n", b"")


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
    return recognise(data) or parse_fully(data)


def parse_fully(data: bytes) -> Request | Response:
    """The same, laid out, however the message is written."""
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
    start_line, *headers = unfolded(lines_of(head))
    kind = Response if start_line[:4].upper() == b"SIP/" else Request
    message: Request | Response = kind(start_line, body)
    message.lay_out(headers)
    if b"" in message.names:
        raise _malformed_header(message)
    return message


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
