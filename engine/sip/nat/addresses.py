"""Which addresses mean something everywhere, and which only where they are used."""

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

from engine.sip.flow import Flow

_PRIVATE: Final = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
        "100.64.0.0/10",  # RFC 6598: behind the NAT of a provider
        "127.0.0.0/8", "::1/128",
        "169.254.0.0/16", "fe80::/10",  # RFC 3927, RFC 4291: the link's
        "fc00::/7",  # RFC 4193
    )
)  # fmt: skip


@lru_cache(4096)
def is_private(host: str) -> bool:
    """Whether a host is an IP address that others elsewhere cannot send to. False for names."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE)


def is_address(host: str) -> bool:
    """Whether a host is an IP address, and not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_translated(host: str, port: int, flow: Flow) -> bool:
    """Whether who names that address as its own (port 0: the usual one) is reached elsewhere.

    Over streams ports differ without NAT: they are those of connections.
    """
    return host != flow.host or (not flow.reliable and (port or 5060) != flow.port)
