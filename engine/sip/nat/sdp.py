"""Session descriptions, as far as a proxy has to read them (RFC 8866, RFC 3264).

It looks for addresses, directions and how media is secured, and may correct an address. It does
not negotiate. Whatever the bytes, only SipParseError leaves it.
"""

import re
from typing import Final, NamedTuple

from engine.sip.nat.addresses import is_private
from engine.sip.wire import Request, Response, SipParseError

MAX_SIZE: Final = 32_768
"""Bytes. A browser's offer of audio and video with its candidates has about 8,000."""
MAX_LINES: Final = 1024
MAX_MEDIA: Final = 32

_LINE: Final = re.compile(rb"([a-z])=([^\0\r\n]*)")
_CONNECTION: Final = re.compile(rb"IN (IP[46]) ([0-9A-Za-z.:\-]{1,255})(?:/\d{1,5}){0,2} *")
_MEDIA: Final = re.compile(
    rb"([A-Za-z0-9\-]{1,32}) +(\d{1,5})(?:/\d{1,5})? +([A-Za-z0-9/\-]{1,64})(?: .*)?"
)
_ADDRESS_LINES: Final = re.compile(
    rb"^(c=IN IP4 |a=rtcp:\d{1,5} IN IP4 )([0-9.]{7,15})(?=[ \r\n]|\Z)", re.MULTILINE
)
_DIRECTIONS: Final = (b"sendrecv", b"sendonly", b"recvonly", b"inactive")
_ICE: Final = (b"ice-ufrag", b"candidate")
_KEYS: Final = (b"crypto", b"fingerprint")


class Media(NamedTuple):
    """One m= section."""

    kind: str
    """"audio", "video", …"""
    port: int
    """0: this medium is declined."""
    transport: str
    """"RTP/AVP", "UDP/TLS/RTP/SAVPF", …"""
    address: str
    """Where it is to be sent: its own c= line, or the session's; empty when there is none."""
    direction: str
    """"sendrecv" unless it says otherwise."""


class Session(NamedTuple):
    """A session description."""

    media: tuple[Media, ...]
    ice: bool
    """It has ICE candidates or credentials: the ends find their way by themselves (RFC 8839)."""
    secured: bool
    """It has keys for SRTP: a=crypto (RFC 4568) or a=fingerprint for DTLS (RFC 5763)."""

    @property
    def for_browsers(self) -> bool:
        """Whether only what speaks DTLS-SRTP understands it (RFC 8827 section 6.5)."""
        return any("TLS" in medium.transport for medium in self.media)


def description_of(message: Request | Response) -> bytes:
    """The body if it is a session description; else empty. Multipart bodies are left alone."""
    kind = message.value(b"content-type") or b""
    return message.body if kind.partition(b";")[0].strip().lower() == b"application/sdp" else b""


def parse_session(body: bytes) -> Session:
    """Read a session description. SipParseError when it is not one, or too large to be one."""
    lines = _lines(body)
    address, direction = "", "sendrecv"
    media: list[Media] = []
    ice = secured = False
    for kind, value in lines:
        if kind == b"m":
            media.append(_medium(value, address, direction))
        elif kind == b"c":
            found = _connection(value)
            if media:
                media[-1] = media[-1]._replace(address=found)
            else:
                address = found
        elif kind == b"a":
            name = value.partition(b":")[0].strip()
            ice = ice or name in _ICE
            secured = secured or name in _KEYS
            if name in _DIRECTIONS:
                direction = _directed(media, name.decode(), direction)
    if len(media) > MAX_MEDIA:
        raise SipParseError("Too many media in the session description")
    return Session(tuple(media), ice, secured)


def _lines(body: bytes) -> list[tuple[bytes, bytes]]:
    """Letter and value of each line; a lone LF ends a line as well (RFC 8866 section 5)."""
    texts = body.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    if len(body) > MAX_SIZE or len(texts) > MAX_LINES:
        raise SipParseError("Session description too large")
    matches = [_LINE.fullmatch(text) for text in texts]
    if texts[0] != b"v=0" or None in matches:
        raise SipParseError("Malformed session description")
    return [(match[1], match[2]) for match in matches if match is not None]


def _medium(value: bytes, address: str, direction: str) -> Media:
    match = _MEDIA.fullmatch(value)
    if match is None or int(match[2]) > 65535:
        raise SipParseError("Malformed media description")
    return Media(match[1].decode(), int(match[2]), match[3].decode(), address, direction)


def _connection(value: bytes) -> str:
    match = _CONNECTION.fullmatch(value)
    if match is None:
        raise SipParseError("Malformed connection data")
    return match[2].decode("ascii")


def _directed(media: list[Media], said: str, session: str) -> str:
    """Note a direction where it belongs; the session's from here on."""
    if not media:
        return said
    media[-1] = media[-1]._replace(direction=said)
    return session


def corrected(body: bytes, host: str) -> bytes:
    """The description with the private IPv4 addresses of its media replaced by `host`.

    For an end behind NAT that does not know its address: packets to its router may get through,
    packets to 192.168.1.9 cannot. The port stays, as only the router knows better: most keep it,
    and an end that sends where it hears from (RFC 4961) finds another. Untouched are: who finds
    the way by ICE, who is on hold (0.0.0.0), and the o= line, which only tells sessions apart.
    """
    if ":" in host or parse_session(body).ice:
        return body
    return _ADDRESS_LINES.sub(
        lambda line: line[1] + host.encode() if is_private(line[2].decode()) else line[0], body
    )
