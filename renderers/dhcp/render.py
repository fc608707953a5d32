"""The files that `pbx render` writes for DHCP servers."""

from collections.abc import Mapping

from renderers.devices import Families
from renderers.dhcp.dnsmasq import as_dnsmasq
from renderers.dhcp.isc import as_isc
from renderers.dhcp.kea import as_kea
from renderers.dhcp.offer import offer
from schema.models import System

_SERVERS = {"dnsmasq.conf": as_dnsmasq, "kea.json": as_kea, "dhcpd.conf": as_isc}


def render_dhcp(system: System, families: Families) -> Mapping[str, bytes]:
    """Snippets by path: `dhcp/SITE/dnsmasq.conf` and so on for each site, and `dhcp/dnsmasq.conf`
    for phones that stand at none. Nothing where no node serves profiles."""
    if not any("provision" in node.roles for node in system.nodes.values()):
        return {}
    return {
        f"dhcp/{name}" if site is None else f"dhcp/{site}/{name}": write(classes).encode("ascii")
        for site in (None, *system.sites)
        for classes in (offer(system, families, site),)
        for name, write in _SERVERS.items()
    }
