"""The records as data: which routers there are, and which comes first at a site."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from schema.address import ip_address, is_domain
from schema.models import Node, System

_SERVICES = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
"""RFC 3263 section 4.1, by transport."""
_NEAR, _FAR = 10, 20


@dataclass(frozen=True, slots=True)
class Server:
    """An SRV record (RFC 2782). Servers of one priority share what comes."""

    service: str
    """Below the domain: _sip._udp."""
    priority: int
    port: int
    host: str
    """Below the domain: the node's name."""


@dataclass(frozen=True, slots=True)
class Address:
    """An A or AAAA record."""

    host: str
    address: str

    @property
    def type(self) -> str:
        """By the IP version."""
        return "AAAA" if ":" in self.address else "A"


@dataclass(frozen=True, slots=True)
class Records:
    """What the domain's zone says of SIP."""

    domain: str
    servers: tuple[Server, ...]
    addresses: tuple[Address, ...]


def records(system: System, site: str | None) -> Records | None:
    """As seen from a site, whose own routers come first; None: from anywhere, where all are equal.

    Nothing where the domain is an IP address, which needs no DNS.
    """
    domain = system.system.domain.rstrip(".").lower()
    if ip_address(domain) is not None or not is_domain(domain):
        return None
    routers = {
        name.lower(): node
        for name, node in system.nodes.items()
        if "router" in node.roles and is_domain(f"{name}.{domain}")
    }
    return Records(
        domain,
        tuple(chain(*(_servers(name, node, site) for name, node in routers.items()))),
        tuple(
            Address(name, str(ip_address(address)))
            for name, node in routers.items()
            for address in node.sip_addresses
        ),
    )


def _servers(name: str, node: Node, site: str | None) -> Iterator[Server]:
    priority = _NEAR if site is None or node.site == site else _FAR
    for transport, service in _SERVICES.items():
        port = node.sip.ports.get(transport)
        if port is not None:
            yield Server(service, priority, port, name)
