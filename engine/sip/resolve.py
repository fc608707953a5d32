"""Addresses of gateways that are configured by name. Asked ahead of need, never for a packet."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable

from engine.sip.config import Peer

TIMEOUT = 5.0
"""Seconds to wait for the resolver; a gateway without address is tried again later."""


def is_address(host: str) -> bool:
    """Whether a host is an IP address already."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def addresses_of(peers: Iterable[Peer]) -> dict[str, tuple[str, ...]]:
    """IP addresses of each gateway by id; empty where the name does not resolve."""
    peers = tuple(peers)
    found = await asyncio.gather(*(_addresses(peer.host) for peer in peers))
    return {peer.id: addresses for peer, addresses in zip(peers, found, strict=True)}


async def _addresses(host: str) -> tuple[str, ...]:
    if is_address(host):
        return (host,)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(TIMEOUT):
            records = await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(record[4][0]) for record in records))
