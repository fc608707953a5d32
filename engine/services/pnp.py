"""SIP PnP as a service: what the tree says of a phone that asks, and where it is sent."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from engine.desired import Desired
from engine.pnp import (
    Asked,
    PnpConfig,
    PnpDiffers,
    PnpEvent,
    PnpServer,
    PnpSighted,
)
from engine.pnp.core import shown
from engine.provision.sightings import Sighted, Sightings
from engine.services import ApplyError
from renderers.devices import Families, Sighting, announced
from renderers.devices.place import base_url, provisioner_for, site_of
from schema.models import Node, System

PATH = "SIP PnP"
"""Stands in a sighting for the path that a phone asked for."""


class PnpService:
    """Answers phones on the LAN where a node has `pnp`."""

    def __init__(
        self,
        node: Callable[[System], str],
        sightings: Sightings,
        sink: Callable[[PnpEvent], None],
    ) -> None:
        """`sightings` are of all phones that are not in the tree, however they asked."""
        self._sightings = sightings
        self._node = node
        self._sink = sink
        self._server: PnpServer | None = None
        self._wanted: tuple[str, int] | None = None

    async def apply(self, desired: Desired) -> None:
        """Answer by the new tree; listen where the node now says."""
        name = self._node(desired.system)
        node = desired.system.nodes[name]
        if node.pnp is None:
            await self.stop()
            return
        inventory = Inventory(desired.system, node, desired.families, self._sightings, self._sink)
        config = PnpConfig(_networks(node.provision.networks), inventory.url)
        wanted = node.pnp.interface or node.address, node.pnp.port
        if self._server is not None and wanted == self._wanted:
            self._server.configure(config)
            return
        server = self._open(name, config, *wanted)
        await self.stop()
        self._server, self._wanted = server, wanted

    def _open(self, node: str, config: PnpConfig, interface: str, port: int) -> PnpServer:
        try:
            server = PnpServer(config, interface, port, self._sink)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise ApplyError(
                f"cannot listen for SIP PnP at {interface}, udp port {port}: {reason}; "
                f"see nodes.{node}.pnp"
            ) from error
        server.open()
        return server

    async def stop(self) -> None:
        """Answer nobody any more."""
        server, self._server, self._wanted = self._server, None, None
        if server is not None:
            server.close()


@dataclass(frozen=True)
class Inventory:
    """Which phones there are, and which node serves each."""

    system: System
    node: Node
    families: Families
    sightings: Sightings
    sink: Callable[[PnpEvent], None]

    def url(self, asked: Asked, peer: str) -> str | None:
        """Where a phone of a family that we know is sent: a URL without any secret.

        The same for phones that are not in the tree, at this node's site: whoever tries out MAC
        addresses learns nothing, and what such a phone gets is decided where it fetches. None for
        devices of unknown kind: somebody else on this LAN may know them.
        """
        found = self._recognised(asked)
        phone = self.system.phones.get(asked.mac)
        if phone is None and asked.mac:
            self._sighted(asked, found, peer)
        if found is None:
            return None
        site = self.node.site
        if phone is not None and self._fits(phone.model, found):
            site = site_of(self.system, phone)
        elif phone is not None:
            self.sink(PnpDiffers(asked.mac, shown(asked), phone.model, peer))
        return f"{base_url(provisioner_for(self.system, site))}/{self._path(found)}"

    def _recognised(self, asked: Asked) -> Sighting | None:
        return announced(self.families, asked.vendor, asked.model, asked.user_agent)

    def _path(self, found: Sighting) -> str:
        """What the family's phones need behind the address."""
        families = self.families.families
        return next(each.description.dhcp.path for each in families if each.name == found.family)

    def _fits(self, model: str, found: Sighting) -> bool:
        """Whether a phone may be what the tree says. Models that we do not know by name may be."""
        family, _ = self.families.models[model]
        return family.name == found.family and found.model in (None, model)

    def _sighted(self, asked: Asked, found: Sighting | None, peer: str) -> None:
        """Remember it until somebody approves it."""
        family, model = (found.family, found.model or "") if found is not None else ("", "")
        now = time.time()
        sighted = Sighted(
            asked.mac, family, model, asked.user_agent, PATH, False, peer, now, now
        )  # fmt: skip
        if self.sightings.see(sighted):
            self.sink(PnpSighted(asked.mac, shown(asked), family, model, peer))


def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text, strict=False) for text in texts)
