"""Whether two ends can send media to each other, as far as signalling shows it."""

from typing import Final, NamedTuple

from engine.sip.flow import Flow
from engine.sip.nat.addresses import is_address, is_private, is_translated
from engine.sip.proxy.branch import Target
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.uri import parse_uri

WEB: Final = ("ws", "wss")


class End(NamedTuple):
    """One end of a call."""

    host: str
    """IP address that its signalling comes from: its router's when it is behind NAT."""
    behind_nat: bool = False
    browser: bool = False
    """It speaks DTLS-SRTP and ICE, and nothing else (RFC 8827, RFC 8835)."""

    @property
    def family(self) -> str:
        """IP version, as session descriptions write it."""
        return "IP6" if ":" in self.host else "IP4"


def sender_of(request: Request, source: Flow, trusted: bool) -> End:
    """The end that a request comes from.

    A phone writes its own address into Via; a name there says nothing. Gateways (`trusted`) know
    their address.
    """
    if trusted:
        return End(source.host)
    via = request.via
    host = via.host.decode("ascii", "replace").strip("[]")
    behind = host != source.host and is_address(host)
    return End(source.host, behind, source.transport in WEB)


def end_at(target: Target) -> End:
    """The end that a request goes to.

    Gateways know their address, of an end behind other proxies nothing is known, and within a
    dialog (no name) it was decided before.
    """
    flow = target.flow
    behind = False
    if target.name and not target.gateway and not target.routes:
        try:
            contact = parse_uri(target.uri)
            behind = is_translated(contact.host, contact.port, flow)
        except SipParseError:
            pass
    return End(flow.host, behind, flow.transport in WEB)


def obstacle(one: End, other: End) -> str:
    """Why media does not get from one to the other by itself; empty when it does."""
    if one.browser != other.browser:
        return "a browser and a phone secure media in different ways"
    if one.family != other.family:
        return "one end is reached over IPv4 and the other over IPv6"
    if one.browser or one.host == other.host:
        return ""  # ICE finds the way; or both are behind the same router
    if one.behind_nat and other.behind_nat:
        return "both ends are behind NAT"
    if _cut_off(one, other) or _cut_off(other, one):
        return "one end is behind NAT and the other has a private address"
    return ""


def _cut_off(one: End, other: End) -> bool:
    """Behind a router on the internet, from where the other's network cannot be reached."""
    return one.behind_nat and not is_private(one.host) and is_private(other.host)
