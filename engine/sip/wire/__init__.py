"""Bytes to SIP messages and back (RFC 3261 section 7). Syntax only; no sockets, no clock."""

from engine.sip.wire.errors import SipParseError
from engine.sip.wire.framing import StreamFramer
from engine.sip.wire.message import Message, Request, Response
from engine.sip.wire.parse import BrokenRequest, parse_message

__all__ = [
    "BrokenRequest", "Message", "Request", "Response", "SipParseError", "StreamFramer",
    "parse_message",
]  # fmt: skip
