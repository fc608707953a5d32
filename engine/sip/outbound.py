"""Phones that keep the connection they registered over (RFC 5626), and the proxies on the way to
them (RFC 3327, RFC 3608).

Where a request to such a phone goes is decided by where its REGISTER came from, never by what
stands in it: a Path is only what is said to the proxy that we send to in any case. So nobody can
make us send anywhere by registering.
"""

from collections.abc import Iterable
from typing import Final

from engine.sip.contact import LONGEST, Contact
from engine.sip.errors import Refused
from engine.sip.flow import Flow, ListenAddress
from engine.sip.proxy.domain import own_route
from engine.sip.wire import Request
from engine.sip.wire.fields import parse_address
from engine.sip.wire.uri import SipUri, parse_uri

FLOW_TIMER: Final = b"Flow-Timer: 120"
"""Seconds between keep-alives of a stream (section 4.4.1): routers forget idle ones after that."""


def path_of(request: Request, source: Flow, *, trusted: bool) -> str:
    """The Path of a REGISTER as the header value of a Route. Raises Refused, SipParseError.

    Its first proxy must be the one that the REGISTER came from.
    """
    values = request.values(b"path")
    text = b", ".join(values)
    if len(text) > LONGEST:
        raise Refused(400, b"Path Too Long")
    first = _uri(values[0])
    if not trusted and first.host != source.host:
        raise Refused(403, b"Path Does Not Lead To Its Sender")
    return text.decode("utf-8", "surrogateescape")


def wants_flow(request: Request, wanted: Iterable[Contact], path: str) -> bool:
    """Whether a contact is to be reached by the flow of its REGISTER only (section 6).

    Raises Refused: 400 for several of them, 439 when a proxy is between that cannot keep flows.
    """
    flows = [contact for contact in wanted if contact.flow_number]
    if not flows or not _supports_outbound(request):
        return False
    if sum(contact.seconds > 0 for contact in flows) > 1:
        raise Refused(400, b"One Flow At A Time")
    if len(request.values(b"via")) > 1 and not _edge_keeps_flows(request, path):
        raise Refused(439, b"First Hop Lacks Outbound Support")
    return True


def _supports_outbound(request: Request) -> bool:
    return b"outbound" in map(bytes.lower, request.values(b"supported"))


def _edge_keeps_flows(request: Request, path: str) -> bool:
    """The proxy next to the phone is the last of the Path, and says `ob`."""
    return bool(path) and b"ob" in _uri(request.values(b"path")[-1]).parameters


def _uri(value: bytes) -> SipUri:
    return parse_uri(parse_address(value).uri)


def service_route(listener: ListenAddress) -> bytes:
    """What the phone puts into Route of its requests: the listener that holds its flow."""
    return b"Service-Route: <sip:" + own_route(listener)
