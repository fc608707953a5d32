"""The files that `pbx render` writes for DNS servers."""

from collections.abc import Iterator, Mapping

from renderers.dns.records import Records, records
from schema.models import System

TTL = 300
"""Seconds. A router that moves is found again within this time."""
_WEIGHT = 10

_ZONE_HEAD = """\
; Where phones and other systems find the routers (RFC 3263). Written by `pbx render`: do not edit.
; Include it in the zone of {domain} by  $INCLUDE "/etc/bind/sip.zone"
$ORIGIN {domain}.
$TTL {ttl}
"""
_DNSMASQ_HEAD = """\
# Where phones and other systems find the routers (RFC 3263). Written by `pbx render`: do not edit.
# Include it by  conf-file=/etc/dnsmasq.d/sip.conf
"""


def render_dns(system: System) -> Mapping[str, bytes]:
    """Snippets by path: `dns/SITE/sip.zone` and `dns/SITE/dnsmasq.conf` for each site, and
    `dns/sip.zone`, `dns/dnsmasq.conf` for everywhere else."""
    found: dict[str, bytes] = {}
    for site in (None, *system.sites):
        seen = records(system, site)
        if seen is not None and seen.servers:
            folder = "dns" if site is None else f"dns/{site}"
            found[f"{folder}/sip.zone"] = _text(_zone(seen))
            found[f"{folder}/dnsmasq.conf"] = _text(_dnsmasq(seen))
    return found


def _text(lines: Iterator[str]) -> bytes:
    return "".join(lines).encode("ascii")


def _zone(seen: Records) -> Iterator[str]:
    yield _ZONE_HEAD.format(domain=seen.domain, ttl=TTL)
    for server in seen.servers:
        data = f"{server.priority} {_WEIGHT} {server.port} {server.host}"
        yield f"{server.service} IN SRV {data}\n"
    for address in seen.addresses:
        yield f"{address.host} IN {address.type} {address.address}\n"


def _dnsmasq(seen: Records) -> Iterator[str]:
    yield _DNSMASQ_HEAD
    for server in seen.servers:
        target = f"{server.host}.{seen.domain},{server.port},{server.priority},{_WEIGHT}"
        yield f"srv-host={server.service}.{seen.domain},{target}\n"
    for address in seen.addresses:
        yield f"host-record={address.host}.{seen.domain},{address.address}\n"
