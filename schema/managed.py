"""Everything of a tree that fetches files: its phones, and its gateways that are devices.

Pure functions of the system.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schema.models import Key, Phone, Settings, System
from schema.models.gateway import Gateway, GatewayDevice


@dataclass(frozen=True, slots=True)
class ManagedGateway:
    """A gateway as the device that it is: what a phone has, and ports in place of lines."""

    name: str
    gateway: Gateway
    device: GatewayDevice
    lines: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    expansion: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """As a device family calls it."""
        return self.device.model

    @property
    def firmware(self) -> str | None:
        """None: the newest that its family knows."""
        return self.device.firmware

    @property
    def native(self) -> Mapping[str, str | int | bool]:
        """Parameters of the vendor."""
        return self.device.native

    @property
    def site(self) -> str | None:
        """Where the gateway stands."""
        return self.gateway.site

    @property
    def credential_epoch(self) -> int:
        """What its secrets are derived from, beside its MAC address."""
        return self.device.credential_epoch

    @property
    def settings(self) -> Settings:
        """Its own, over those of its site and the system."""
        return self.device.settings


Provisioned = Phone | ManagedGateway
"""What fetches files."""


def managed_gateways(gateways: Mapping[str, Gateway]) -> Iterator[ManagedGateway]:
    """The gateways that are devices, in the order of the tree."""
    for name, gateway in gateways.items():
        if gateway.device is not None:
            yield ManagedGateway(name, gateway, gateway.device)


def provisioned(system: System) -> Mapping[str, Provisioned]:
    """What fetches files by its MAC address: phones first. The phones themselves if that is all."""
    gateways = {each.device.mac: each for each in managed_gateways(system.gateways)}
    return {**system.phones, **gateways} if gateways else system.phones
