"""TLS, WebSocket and IPv6 on real sockets: calls across all of them, certificates, limits."""

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from authority import Authority
from lines import Line, connected, listener_of

from engine.sip import CertificateFiles, ListenAddress, SipServer

Make = Callable[..., Any]
Connect = Callable[..., Awaitable[Line]]

TRANSPORTS = ("udp", "tcp", "tls", "ws", "wss")
ADDRESSES = [
    ListenAddress(transport, host, 0) for host in ("127.0.0.1", "::1") for transport in TRANSPORTS
]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def trust(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority.file)


@pytest.fixture
def events() -> list[Any]:
    return []


@pytest.fixture
async def server(
    make_config: Make, events: list[Any], authority: Authority
) -> AsyncIterator[SipServer]:
    chain, key = authority.issue("example.test")
    config, plan = make_config(
        certificate=CertificateFiles(str(chain), str(key)),
        hosts=frozenset(("127.0.0.1", "::1")),
    )
    server = SipServer(config, events.append)
    server.plan = plan  # type: ignore[attr-defined]
    await server.start(ADDRESSES)
    yield server
    await server.stop()


@pytest.fixture
async def connect(server: SipServer, phone: Make, trust: ssl.SSLContext) -> AsyncIterator[Connect]:
    """Open a phone's line: connect(user, transport, six=False)."""
    lines: list[Line] = []

    async def open_line(user: str, transport: str, six: bool = False) -> Line:
        listener = listener_of(server, transport, six)
        lines.append(await connected(Line(phone(user, 0)), listener, trust))
        return lines[-1]

    yield open_line
    for line in lines:
        line.close()
    await asyncio.gather(*(task for line in lines for task in line.tasks))


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
    connect: Connect, server: SipServer, near: str, far: str
) -> None:
    invite = await converse(await connect("alice", near), await connect("bob", far))
    vias = [value.split()[0] for value in invite.values(b"via")]
    assert vias == [f"SIP/2.0/{each.upper()}".encode() for each in (far, near)]
    routes = [value.partition(b"@")[2] for value in invite.values(b"record-route")]
    assert routes == [ending(server, far), ending(server, near)]
    assert "defects" not in server.counts()


def ending(server: SipServer, transport: str) -> bytes:
    shown = {"udp": "", "wss": ";transport=ws"}.get(transport, f";transport={transport}")
    return f"127.0.0.1:{listener_of(server, transport).port}{shown};lr>".encode()


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("six", [(True, True), (True, False), (False, True)])
async def test_a_call_over_ipv6(
    connect: Connect, server: SipServer, transport: str, six: tuple[bool, bool]
) -> None:
    alice = await connect("alice", transport, six=six[0])
    invite = await converse(alice, await connect("bob", transport, six=six[1]))
    routes = [value.partition(b"@")[2][:1] == b"[" for value in invite.values(b"record-route")]
    assert routes == ([True] if all(six) else [six[1], six[0]])
