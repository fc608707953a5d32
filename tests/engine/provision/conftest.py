"""A running provisioning server on a free port, with two phones."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from engine.provision import ProvisionEvent, ProvisionServer
from renderers.devices import Device, DeviceCompiler, load_families
from schema.models import Node, Phone, System, SystemSettings, User

YEALINK, POLY = "0015651234ab", "0004f2aabbcc"


@dataclass(frozen=True)
class KeyedSecrets:
    """Like the real ones in shape: tokens of 22 characters that say nothing about the device."""

    key: str = "one"

    def sip_password(self, user: str, device: str, epoch: int, /) -> str:
        return f"sip-{user}-{device}-{epoch}"

    def admin_password(self, device: str, epoch: int, /) -> str:
        return f"admin-{device}-{epoch}"

    def provisioning_token(self, device: str, epoch: int, /) -> str:
        return hashlib.sha256(f"{self.key}{device}{epoch}".encode()).hexdigest()[:22]


def devices_of(alice: str = "Alice Adams", epoch: int = 1) -> Mapping[str, Device]:
    """Two phones, both of which show Alice's name."""
    phones = {
        YEALINK: Phone(model="yealink-t46s", lines=("alice",), credential_epoch=epoch),
        POLY: Phone(model="poly-vvx400", lines=("alice",), credential_epoch=epoch),
    }
    system = System(
        system=SystemSettings(domain="example.test"),
        nodes={"pbx1": Node(address="127.0.0.1")},
        sites={},
        groups={},
        users={"alice": User(name=alice)},
        phones=phones,
        gateways={},
        schedules={},
        dialplan=(),
    )
    return DeviceCompiler(load_families()).devices(system)


@dataclass
class Site:
    """The server, where it is, and what it told."""

    server: ProvisionServer
    events: list[ProvisionEvent]
    secrets: KeyedSecrets
    devices: Callable[..., Mapping[str, Device]] = devices_of
    yealink: str = YEALINK
    poly: str = POLY

    @property
    def port(self) -> int:
        address = self.server.address
        assert address is not None
        return address[1]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, mac: str, name: str = "", epoch: int = 1) -> str:
        return f"{self.origin}/d/{self.secrets.provisioning_token(mac, epoch)}/{name}"

    def swap(
        self, modified: datetime = datetime(2026, 1, 1, tzinfo=UTC), **changes: str | int
    ) -> None:
        self.server.swap(self.devices(**changes), self.secrets, modified)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    events: list[ProvisionEvent] = []
    server = ProvisionServer(events.append)
    await server.start("127.0.0.1", 0)
    running = Site(server, events, KeyedSecrets())
    running.swap()
    yield running
    await server.stop()
