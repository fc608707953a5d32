"""Where to connect when the connection that a peer made is gone.

Its own remote port is of no use: nobody listens there. A gateway is reached where it is
configured; a phone that told a TCP address in its contact, and is not behind NAT, listens there
(RFC 3261 section 18.1.1). There is no way to others: their request fails at once, and a caller
hears 480 instead of waiting.
"""

from engine.sip.config import Peer
from engine.sip.flow import Flow
from engine.sip.proxy.domain import Domain
from engine.sip.wire import SipParseError
from engine.sip.wire.uri import parse_uri


def way_out(domain: Domain, gone: Flow, data: bytes) -> Flow | None:
    """A flow that may be connected, for a message that was to go to `gone`."""
    peer = domain.peer_at(gone)
    if peer is not None:
        return _to_gateway(domain, peer, gone)
    return _to_contact(gone, data) if gone.transport == "tcp" else None


def _to_gateway(domain: Domain, peer: Peer, gone: Flow) -> Flow | None:
    flows = [flow for choice in domain.ways_to(peer.id) for flow in choice.flows]
    same = [flow for flow in flows if flow.transport == gone.transport]
    return next((flow for flow in same if flow.host == gone.host), same[0] if same else None)


def _to_contact(gone: Flow, data: bytes) -> Flow | None:
    """A request's URI is the contact. A response has none: it is lost with its connection."""
    uri = data[: data.find(b"\r\n")].split(b" ")[1]
    try:
        contact = parse_uri(uri)
    except SipParseError:
        return None
    port = contact.port or 5060
    same = contact.host == gone.host and port != gone.port
    if not same or contact.transport not in (b"", b"tcp"):
        return None
    return Flow(gone.listener, gone.host, port)
