"""Where to connect when the connection that a peer made is gone.

Its own remote port is of no use: nobody listens there, unless a phone registered it as its contact.
A gateway is reached where it is configured; a phone that told a TCP address in its contact, and is
not behind NAT, listens there (RFC 3261 section 18.1.1). There is no way to others: their request
fails at once, and a caller hears 480 instead of waiting.
"""

from engine.sip.config import Peer
from engine.sip.flow import Flow
from engine.sip.location import Location
from engine.sip.proxy.domain import Domain
from engine.sip.wire import SipParseError
from engine.sip.wire.uri import SipUri, parse_uri


def way_out(domain: Domain, location: Location, gone: Flow, data: bytes) -> Flow | None:
    """A flow that may be connected, for a message that was to go to `gone`."""
    contact = _contact(data)
    registered = contact is not None and location.at(contact.identity) is not None
    peer = None if registered else domain.peer_at(gone)
    if peer is not None:
        return _to_gateway(domain, peer, gone)
    if contact is None or gone.transport != "tcp":
        return None
    port = contact.port or 5060
    if contact.host != gone.host or contact.transport not in (b"", b"tcp"):
        return None
    return Flow(gone.listener, gone.host, port) if registered or port != gone.port else None


def _to_gateway(domain: Domain, peer: Peer, gone: Flow) -> Flow | None:
    flows = [flow for choice in domain.ways_to(peer.id) for flow in choice.flows]
    same = [flow for flow in flows if flow.transport == gone.transport]
    return next((flow for flow in same if flow.host == gone.host), same[0] if same else None)


def _contact(data: bytes) -> SipUri | None:
    """A request's URI is the contact. A response has none: it is lost with its connection."""
    try:
        return parse_uri(data[: data.find(b"\r\n")].split(b" ")[1])
    except SipParseError:
        return None
