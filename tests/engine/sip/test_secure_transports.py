"""Calls across all transports and both IP versions, on real sockets."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from lines import Line, connected, listener_of

from engine.sip import ListenAddress, SipServer
from engine.sip.flow import TRANSPORTS
from engine.sip.transport import connection, websocket

Connect = Callable[..., Awaitable[Line]]


async def converse(alice: Line, bob: Line) -> Any:
    """A call from one to the other, which the other ends; the INVITE as it arrived."""
    await bob.register()
    await alice.invite("bob")
    invite = await bob.receive("INVITE")
    bob.send(bob.phone.answer(invite, 180))
    bob.send(bob.phone.answer(invite, 200))
    ok = await alice.receive(200)
    alice.send(alice.phone.within("ACK", ok))
    await bob.receive("ACK")
    bob.send(bob.phone.within("BYE", invite, sequence=1))
    bye = await alice.receive("BYE")
    alice.send(alice.phone.answer(bye, 200))
    await bob.receive(200)
    return invite


@pytest.mark.parametrize(("near", "far"), [*itertools.permutations(TRANSPORTS, 2)])
async def test_a_call_crosses_transports(
    dial: Connect, everywhere: SipServer, near: str, far: str
) -> None:
    invite = await converse(await dial("alice", near), await dial("bob", far))
    vias = [value.split()[0] for value in invite.values(b"via")]
    assert vias == [f"SIP/2.0/{each.upper()}".encode() for each in (far, near)]
    routes = [value.partition(b"@")[2] for value in invite.values(b"record-route")]
    assert routes == [ending(everywhere, far), ending(everywhere, near)]
    assert "defects" not in everywhere.counts()


def ending(server: SipServer, transport: str) -> bytes:
    shown = {"udp": "", "wss": ";transport=ws"}.get(transport, f";transport={transport}")
    return f"127.0.0.1:{listener_of(server, transport).port}{shown};lr>".encode()


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("six", [(True, True), (True, False), (False, True)])
async def test_a_call_over_ipv6(
    dial: Connect, everywhere: SipServer, transport: str, six: tuple[bool, bool]
) -> None:
    alice = await dial("alice", transport, six=six[0])
    invite = await converse(alice, await dial("bob", transport, six=six[1]))
    routes = [value.partition(b"@")[2][:1] == b"[" for value in invite.values(b"record-route")]
    assert routes == ([True] if all(six) else [six[1], six[0]])


async def test_each_end_stays_with_the_address_that_it_uses(
    make_config: Callable[..., Any], phone: Callable[..., Any]
) -> None:
    server = SipServer(make_config()[0], lambda event: None)
    await server.start([ListenAddress("udp", host, 0) for host in ("127.0.0.1", "127.0.0.2")])
    first, second = server.listening
    alice = await connected(Line(phone("alice", 0)), first, None)
    bob = await connected(Line(phone("bob", 0)), second, None)
    invite = await converse(alice, bob)  # the sockets are connected: they hear no other address
    assert invite.via.sent_by == f"127.0.0.2:{second.port}".encode()
    routes = [
        value.partition(b"@")[2].partition(b";")[0] for value in invite.values(b"record-route")
    ]
    assert routes == [b"127.0.0.2:%d" % second.port, b"127.0.0.1:%d" % first.port]
    alice.close()
    bob.close()
    await server.stop()


@pytest.mark.parametrize("transport", ["tcp", "tls", "ws"])
async def test_a_peer_that_does_not_read_is_cut_off(
    dial: Connect, everywhere: SipServer, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    monkeypatch.setattr(connection, "MAX_UNSENT", 50_000)
    monkeypatch.setattr(websocket, "MAX_UNSENT", 50_000)
    line = await dial("alice", transport)
    line.stop_reading()
    for number in range(400):
        call_id = f"{number}-{'x' * 30_000}"
        line.send(line.phone.request("OPTIONS", "sip:127.0.0.1", call_id=call_id))
        await asyncio.sleep(0)
        if not everywhere.counts()["connections"]:
            break
    async with asyncio.timeout(10):
        while everywhere.counts()["connections"]:
            await asyncio.sleep(0.01)
