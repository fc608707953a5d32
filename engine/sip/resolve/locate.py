"""From a gateway's name to its servers: RFC 3263 section 4.

address           that address
name:port         the name's addresses, with that port
name + transport  SRV of that transport, else the name's addresses
name              NAPTR, then SRV; without NAPTR the SRV of each transport that we speak
"""

from typing import Final, NamedTuple

from dns.rdtypes.IN.NAPTR import NAPTR

from engine.sip.config import Peer
from engine.sip.proxy.ways import Server
from engine.sip.resolve.inquiry import Inquiry, ResolverError
from schema.address import ip_address

PREFIXES: Final = {"udp": "_sip._udp.", "tcp": "_sip._tcp.", "tls": "_sips._tcp."}
"""SRV services."""
USUAL: Final = ("udp", "tcp")
"""Transports in the order to ask for where the domain has no preference: a `sip:` URI does not
mean TLS unless NAPTR says so."""
SERVICES: Final = {b"sip+d2u": "udp", b"sip+d2t": "tcp", b"sips+d2t": "tls"}
"""NAPTR services (RFC 3263 section 4.1)."""
PORTS: Final = {"tls": 5061}
"""Ports where nothing says one; 5060 for the other transports."""


class Located(NamedTuple):
    """Servers of a gateway, and the seconds that this holds."""

    servers: tuple[Server, ...]
    ttl: float


def literal(peer: Peer) -> tuple[Server, ...] | None:
    """The server of a gateway that is configured by its IP address; None for a name."""
    return None if ip_address(peer.host) is None else (_plain(peer, (peer.host,)),)


async def locate(peer: Peer, spoken: frozenset[str], inquiry: Inquiry) -> Located:
    """Ask DNS. `spoken` are the transports we have. Raises ResolverError."""
    servers: tuple[Server, ...] | None = None
    if peer.port is None and "." in peer.host.rstrip("."):
        servers = await _by_service(peer, spoken, inquiry)
    if servers is None:
        servers = _some(_plain(peer, await inquiry.addresses(peer.host)))
    return Located(servers, inquiry.ttl)


async def locate_without_dns(peer: Peer, inquiry: Inquiry) -> Located:
    """What /etc/hosts knows, while no name server answers."""
    found = _some(_plain(peer, await inquiry.system_addresses(peer.host)))
    return Located(found, inquiry.ttl)


async def _by_service(
    peer: Peer, spoken: frozenset[str], inquiry: Inquiry
) -> tuple[Server, ...] | None:
    """By SRV; None when the domain has none for us, and its addresses are meant."""
    for transport, service in await _services(peer, spoken, inquiry):
        records = await inquiry.servers(service)
        if records:
            servers = [
                Server(
                    transport, each.port, await inquiry.addresses(target),
                    each.priority, each.weight,
                )
                for each in records
                if (target := each.target.to_text(omit_final_dot=True)) != "."
            ]  # fmt: skip
            return _some(*servers)
    return None


async def _services(peer: Peer, spoken: frozenset[str], inquiry: Inquiry) -> list[tuple[str, str]]:
    """Transports and the names of their SRV records, preferred first."""
    if peer.transport is not None:
        return [(peer.transport, PREFIXES[peer.transport] + peer.host)]
    offered = [
        (transport, record.replacement.to_text())
        for record in await _preferences(peer.host, inquiry)
        if (transport := SERVICES.get(record.service.lower())) in spoken
    ]
    return offered or [(usual, PREFIXES[usual] + peer.host) for usual in USUAL if usual in spoken]


async def _preferences(host: str, inquiry: Inquiry) -> list[NAPTR]:
    """Some name servers fail at NAPTR and serve the rest: then there is no preference."""
    try:
        return await inquiry.services(host)
    except ResolverError:
        return []


def _plain(peer: Peer, hosts: tuple[str, ...]) -> Server:
    transport = peer.transport or "udp"
    return Server(transport, peer.port or PORTS.get(transport, 5060), hosts)


def _some(*servers: Server) -> tuple[Server, ...]:
    """Servers that have an address."""
    return tuple(server for server in servers if server.hosts)
