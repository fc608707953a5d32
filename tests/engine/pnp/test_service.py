"""The service follows the tree: on, off, elsewhere, and as before when it cannot."""

import asyncio
import socket
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from pnp_lan import subscribe
from ports import free_port

from engine.pnp import PnpEvent
from engine.provision.sightings import Sightings
from engine.services import ApplyError
from engine.services.pnp import PnpService
from renderers.devices import load_families
from schema.models import Node, System, SystemSettings

LOOPBACK = "127.0.0.1"


def desired(pnp: dict[str, Any] | None, http: int = 8090, **node: Any) -> Any:
    """What the service looks at: the system."""
    node |= {"address": LOOPBACK, "http": {"port": http}} | ({"pnp": pnp} if pnp else {})
    system = System(
        system=SystemSettings(domain="example.test"), nodes={"pbx1": Node.model_validate(node)},
        sites={}, groups={}, users={}, phones={}, gateways={}, schedules={}, dialplan=(),
    )  # fmt: skip
    return SimpleNamespace(system=system, families=load_families())


class Told(asyncio.DatagramProtocol):
    """A phone's socket."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.put_nowait(data)


async def ask(port: int) -> str | None:
    """The URL that a new phone is told; None when nobody answers."""
    loop = asyncio.get_running_loop()
    transport, phone = await loop.create_datagram_endpoint(Told, local_addr=(LOOPBACK, 0))
    try:
        own = transport.get_extra_info("socket")
        here = own.getsockname()[1]
        own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
        contact = f"<sip:{LOOPBACK}:{here}>"
        via = f"SIP/2.0/UDP {LOOPBACK}:{here};branch=z9hG4bK{here}"
        transport.sendto(subscribe(contact=contact, via=via), ("224.0.1.75", port))
        while True:
            data = await asyncio.wait_for(phone.heard.get(), 1.0)
            if data.startswith(b"NOTIFY"):
                return data.partition(b"\r\n\r\n")[2].decode()
    except TimeoutError:
        return None
    finally:
        transport.close()


@pytest.fixture
async def service() -> AsyncIterator[PnpService]:
    events: list[PnpEvent] = []
    made = PnpService(lambda system: "pbx1", Sightings(), events.append)
    yield made
    await made.stop()


async def test_it_is_off_unless_the_tree_says_so(service: PnpService) -> None:
    port = free_port()
    await service.apply(desired(None))
    assert await ask(port) is None
    await service.apply(desired({"port": port}))
    assert await ask(port) == "http://127.0.0.1:8090/"
    await service.apply(desired(None))
    assert await ask(port) is None


async def test_it_answers_by_the_newest_tree_and_moves_with_it(service: PnpService) -> None:
    first, second = free_port(), free_port()
    await service.apply(desired({"port": first}))
    await service.apply(desired({"port": first}, http=8099))
    assert await ask(first) == "http://127.0.0.1:8099/"
    await service.apply(desired({"port": second}))
    assert await ask(first) is None
    assert await ask(second) == "http://127.0.0.1:8090/"


async def test_an_interface_that_is_not_there_leaves_the_old_one_running(
    service: PnpService,
) -> None:
    port = free_port()
    await service.apply(desired({"port": port}))
    with pytest.raises(ApplyError, match=r"192\.0\.2\.99, udp port .*; see nodes\.pbx1\.pnp"):
        await service.apply(desired({"port": port, "interface": "192.0.2.99"}))
    assert await ask(port) == "http://127.0.0.1:8090/"


async def test_networks_of_the_tree_decide_who_is_answered(service: PnpService) -> None:
    port = free_port()
    await service.apply(desired({"port": port}, provision={"networks": ["10.0.0.0/8"]}))
    assert await ask(port) is None


async def test_two_nodes_on_one_machine_both_hear_phones(service: PnpService) -> None:
    port = free_port()
    await service.apply(desired({"port": port}))
    other = PnpService(lambda system: "pbx1", Sightings(), lambda event: None)
    await other.apply(desired({"port": port}))
    await service.stop()
    assert await ask(port) == "http://127.0.0.1:8090/"
    await other.stop()
