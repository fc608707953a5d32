"""Where messages go when the connection that a peer made is gone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from lines import EVERYWHERE, Line, StreamLine

from engine.sip import Flow, ListenAddress, Peer, SipServer
from engine.sip.proxy.dialog import Dialog, DialogRoutes
from schema.dialplan.decision import Step

Connect = Callable[..., Awaitable[Line]]
Make = Callable[..., Any]


class Listener:
    """A port of a phone or gateway; `line` is whoever connected last."""

    def __init__(self, phone: Any) -> None:
        self.line = Line(phone)
        self.connected = asyncio.Event()

    async def start(self) -> int:
        def accept() -> StreamLine:
            self.connected.set()
            protocol = StreamLine(self.line)
            protocol.connection_made = self._made  # type: ignore[method-assign]
            return protocol

        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(accept, "127.0.0.1", 0)
        port: int = self.server.sockets[0].getsockname()[1]
        self.line.phone.port = port
        return port

    def _made(self, transport: Any) -> None:
        self.line.send = transport.write
        self.line.close = transport.close


@pytest.fixture
async def listener(phone: Make) -> AsyncIterator[Listener]:
    listener = Listener(phone("bob", 0))
    listener.line.phone.transport = "TCP"
    await listener.start()
    yield listener
    listener.server.close()
    listener.line.close()


async def gone(server: SipServer, line: Line) -> None:
    line.close()
    async with asyncio.timeout(5):
        while server.counts()["connections"]:
            await asyncio.sleep(0.01)


async def test_a_phone_that_listens_is_connected_to(
    everywhere: SipServer, dial: Connect, listener: Listener
) -> None:
    alice, bob = await dial("alice", "udp"), await dial("bob", "tcp")
    bob.phone.contact = f"sip:bob@127.0.0.1:{listener.line.phone.port};transport=tcp"
    await bob.register()
    await gone(everywhere, bob)
    await alice.invite("bob")
    assert await listener.line.receive("INVITE")


async def test_a_phone_behind_nat_is_not_connected_to(
    everywhere: SipServer, dial: Connect, listener: Listener
) -> None:
    alice, bob = await dial("alice", "udp"), await dial("bob", "tcp")
    bob.phone.contact = f"sip:bob@127.0.0.2:{listener.line.phone.port};transport=tcp"
    await bob.register()
    await gone(everywhere, bob)
    await alice.invite("bob")
    await alice.receive(480)
    assert not listener.connected.is_set()


async def test_a_phone_on_a_gateways_host_is_not_taken_for_the_gateway(
    everywhere: SipServer, dial: Connect, make_config: Make, listener: Listener
) -> None:
    assert everywhere.certificates.loaded is not None
    alice, bob = await dial("alice", "udp"), await dial("bob", "tcp")
    bob.phone.contact = f"sip:bob@127.0.0.1:{listener.line.phone.port};transport=tcp"
    await bob.register()
    await gone(everywhere, bob)
    config, _ = make_config(
        peers={"pstn": Peer("pstn", "127.0.0.1", 9, "tcp")},
        certificate=everywhere.certificates.loaded.files,
    )
    await everywhere.reconfigure(config, EVERYWHERE)
    await alice.invite("bob")
    assert await listener.line.receive("INVITE")


async def test_a_gateway_that_hung_up_is_reached_where_it_is_configured(
    everywhere: SipServer, dial: Connect, make_config: Make, listener: Listener
) -> None:
    assert everywhere.certificates.loaded is not None
    config, plan = make_config(
        peers={"pstn": Peer("pstn", "127.0.0.1", listener.line.phone.port, "tcp")},
        certificate=everywhere.certificates.loaded.files,
    )
    plan.steps["201"] = (Step("user", "alice", "201"),)
    await everywhere.reconfigure(config, EVERYWHERE)
    alice, caller = await dial("alice", "udp"), await dial("gateway", "tcp")
    await alice.register()
    caller.send(caller.phone.request("INVITE", "sip:201@example.test"))
    invite = await alice.receive("INVITE")
    alice.send(alice.phone.answer(invite, 200))
    ok = await caller.receive(200)
    caller.send(caller.phone.within("ACK", ok))
    await alice.receive("ACK")
    await gone(everywhere, caller)
    alice.send(alice.phone.within("BYE", invite, sequence=1))
    bye = await listener.line.receive("BYE")
    listener.line.send(listener.line.phone.answer(bye, 200))
    await alice.receive(200)


def test_a_token_remembers_who_made_the_connection() -> None:
    tls, ws = ListenAddress("tls", "192.0.2.1", 5061), ListenAddress("wss", "2001:db8::1", 443)
    dialog = Dialog(Flow(tls, "192.0.2.7", 40000, True), Flow(ws, "2001:db8::7", 5, True))
    token = DialogRoutes(b"k" * 32, (tls, ws), b"r1").token(dialog, b"call", b"tag").decode()
    later = DialogRoutes(b"k" * 32, (tls, ws), b"r1")
    assert later.destination(token, b"call", b"tag", b"", dialog.caller) == dialog.callee
    assert later.destination(token, b"call", b"other", b"tag", dialog.callee) == dialog.caller
    without = DialogRoutes(b"k" * 32, (tls,), b"r1")
    assert without.destination(token, b"call", b"tag", b"", dialog.caller) is None
