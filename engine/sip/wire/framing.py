"""Cut a byte stream into messages by Content-Length (RFC 3261 section 18.3). No I/O."""

import re
from typing import Final

from engine.sip.wire.errors import SipParseError
from engine.sip.wire.fields import parse_number
from engine.sip.wire.message import MAX_SIZE

_LENGTH: Final = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*+:[ \t]*+(?:\r\n[ \t]++)?([^\r\n]*+)(?=\r\n|$)",
    re.IGNORECASE,
)
_END: Final = b"\r\n\r\n"


class StreamFramer:
    """Feed it what a stream delivers; it gives back whole messages and keep-alive pings.

    It buffers one incomplete message at most, of at most `limit` bytes. After SipParseError the
    position in the stream is lost: the connection can only be closed.
    """

    __slots__ = ("_buffer", "_limit", "_needed")

    def __init__(self, limit: int = MAX_SIZE) -> None:
        self._buffer = bytearray()
        self._limit = limit
        self._needed = 0

    @property
    def incomplete(self) -> bool:
        """Whether a message has begun and not ended: what a slow sender is timed by."""
        return bool(self._buffer.lstrip(b"\r\n"))

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        """Messages completed by `data`, and how many CRLFCRLF pings to answer with CRLF.

        A ping stands between messages only (RFC 5626 section 4.4.1).
        """
        buffer = self._buffer
        buffer += data
        messages: list[bytes] = []
        pings = 0
        while buffer:
            pings += self._strip_line_breaks()
            if _END.startswith(buffer):  # nothing, or a ping that is still arriving
                break
            message = self._cut()
            if message is None:
                break
            messages.append(message)
        return messages, pings

    def _strip_line_breaks(self) -> int:
        """Take line breaks off the front, between messages; number of complete pings."""
        buffer, pings = self._buffer, 0
        if self._needed:
            return 0
        while buffer.startswith(_END):
            del buffer[:4]
            pings += 1
        if buffer.startswith(b"\r\n") and len(buffer) > 3:
            del buffer[:2]
        return pings

    def _cut(self) -> bytes | None:
        """The first message, if it is all there."""
        buffer = self._buffer
        if not self._needed:
            end = buffer.find(_END)
            if end >= 0:
                self._needed = end + 4 + self._body_length(bytes(buffer[:end]))
        size = self._needed or len(buffer)
        if size > self._limit:
            raise SipParseError("Message too large", 513)
        if not self._needed or size > len(buffer):
            return None
        message = bytes(buffer[:size])
        del buffer[:size]
        self._needed = 0
        return message

    def _body_length(self, head: bytes) -> int:
        lengths = {length.strip(b" \t") for length in _LENGTH.findall(head)}
        if not lengths:
            return 0
        if len(lengths) > 1:
            raise SipParseError("More than one Content-Length")
        return parse_number(lengths.pop())
