"""Gateways of several servers on real sockets and a real name server; probes; TCP for size."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from nameserver import NameServer
from ports import free_port

from engine.sip import ListenAddress, Peer, PeerDown, PeerUp, SipServer, probe
from engine.sip.resolve import NameServers
from engine.sip.wire import Request, StreamFramer, parse_message
from schema.dialplan.decision import Step

Make = Callable[..., Any]
SOCKETS = [ListenAddress("udp", "127.0.0.1", 0), ListenAddress("tcp", "127.0.0.1", 0)]


class Side(asyncio.DatagramProtocol):
    """A server of the trunk, or the caller, over UDP: answers as told, keeps what comes."""

    def __init__(self, phone: Any, status: int = 0) -> None:
        self.phone, self.status = phone, status
        self.messages: asyncio.Queue[Any] = asyncio.Queue()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.phone.port = transport.get_extra_info("sockname")[1]
        self.phone.contact = f"sip:{self.phone.user}@127.0.0.1:{self.phone.port}"

    def datagram_received(self, data: bytes, addr: Any) -> None:
        message = parse_message(data)
        self.messages.put_nowait(message)
        if self.status and isinstance(message, Request) and message.method != "ACK":
            self.transport.sendto(self.phone.answer(message, self.status), addr)

    async def receive(self, kind: object) -> Any:
        async with asyncio.timeout(10):
            while True:
                message = await self.messages.get()
                if kind == (message.method if isinstance(message, Request) else message.status):
                    return message


@pytest.fixture
async def side(phone: Make) -> AsyncIterator[Make]:
    """Open one: user, the status it answers with (0: silent), port."""
    made: list[Side] = []

    async def open_one(user: str, status: int = 0, port: int = 0) -> Side:
        loop = asyncio.get_running_loop()
        _, one = await loop.create_datagram_endpoint(
            lambda: Side(phone(user, 0), status), local_addr=("127.0.0.1", port)
        )
        made.append(one)
        return one

    yield open_one
    for one in made:
        one.transport.close()


@pytest.fixture
async def serve(make_config: Make) -> AsyncIterator[Make]:
    """A node with a gateway "trunk": its Peer without the id, events, name servers."""
    made: list[SipServer] = []

    async def start(events: list[Any], dns: NameServers | None, *peer: Any) -> SipServer:
        config, plan = make_config(peers={"trunk": Peer("trunk", *peer)})
        plan.steps["5551234"] = (Step("gateway", "trunk", "5551234", answer_within=1.0),)
        server = SipServer(config, events.append, dns)
        await server.start(SOCKETS)
        made.append(server)
        return server

    yield start
    for server in made:
        await server.stop()


async def call(caller: Side, server: SipServer, body: str = "") -> None:
    """An INVITE of that caller, with credentials."""
    remote = next(each for each in server.listening if each.transport == "udp")[1:]
    invite = caller.phone.request("INVITE", "sip:5551234@example.test", body=body)
    caller.transport.sendto(invite, remote)
    again = caller.phone.authorize(invite, await caller.receive(407))
    caller.transport.sendto(again, remote)


async def test_a_call_finds_the_one_server_that_works(
    tmp_path: Path, side: Make, serve: Make
) -> None:
    silent, full, good = await side("gw"), await side("gw", 503), await side("gw", 200)
    service = "srv-host=_sip._udp.trunk.test,here.test"
    records = [
        f"{service},{each.phone.port},{priority},0"
        for priority, each in enumerate((silent, full, good))
    ]
    with NameServer(tmp_path, ("host-record=here.test,127.0.0.1", *records)) as dns:
        server = await serve([], NameServers(("127.0.0.1",), dns.port), "trunk.test")
        alice = await side("alice")
        await call(alice, server)
        await alice.receive(200)
    assert (await silent.receive("INVITE")).uri == b"sip:5551234@trunk.test"
    assert await full.receive("INVITE")
    assert await full.receive("ACK")
    assert await good.receive("INVITE")
    [trunk] = server.gateways()
    assert [address.avoided > 0 for address in trunk.addresses] == [True, True, False]


async def test_a_gateway_goes_down_and_comes_up_with_its_answers_to_probes(
    side: Make, serve: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PATIENCE", "SOON"):
        monkeypatch.setattr(probe, name, 0.3)
    events: list[Any] = []
    port = free_port()
    server = await serve(events, None, "127.0.0.1", port, "udp", 0.3)

    async def becomes(state: str) -> None:
        async with asyncio.timeout(15):
            while server.gateways()[0].state != state:
                await asyncio.sleep(0.02)

    await becomes("down")
    assert server.gateways()[0].addresses[0].reason == "no connection"
    gateway = await side("gw", 405, port)
    await becomes("up")
    options = await gateway.receive("OPTIONS")
    assert (options.uri, options.max_forwards) == (f"sip:127.0.0.1:{port}".encode(), 70)
    assert server.gateways()[0].addresses[0].round_trip < 5
    address = f"udp:127.0.0.1:{port}"
    assert events == [
        PeerDown("gateway", "trunk", address, "no connection"),
        PeerUp("gateway", "trunk", address),
    ]
    gateway.status = 503
    await becomes("down")
    assert server.gateways()[0].addresses[0].reason.startswith("503")


BODY = "v=0\r\n" + "a=candidate:1 1 UDP 1 192.0.2.1 5000 typ host\r\n" * 40


async def test_a_large_call_goes_to_a_gateway_by_tcp(side: Make, serve: Make) -> None:
    accepted: asyncio.Queue[Any] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer = StreamFramer()
        while data := await reader.read(65536):
            for message in framer.feed(data)[0]:
                accepted.put_nowait(parse_message(message))
        writer.close()

    gateway = await side("gw")
    port = gateway.phone.port
    async with await asyncio.start_server(accept, "127.0.0.1", port):
        server = await serve([], None, "127.0.0.1", port)
        await call(await side("alice"), server, BODY)
        async with asyncio.timeout(10):
            invite = await accepted.get()
    assert invite.via.text.startswith(b"SIP/2.0/TCP")
    assert invite.body == BODY.encode()
    assert gateway.messages.empty()


async def test_a_gateway_without_tcp_gets_a_large_call_by_udp_at_once(
    side: Make, serve: Make
) -> None:
    gateway, alice = await side("gw", 200), await side("alice")
    with socket.socket() as stream:
        assert stream.connect_ex(("127.0.0.1", gateway.phone.port)) != 0
    server = await serve([], None, "127.0.0.1", gateway.phone.port)
    began = asyncio.get_running_loop().time()
    await call(alice, server, BODY)
    await alice.receive(200)
    assert (await gateway.receive("INVITE")).via.text.startswith(b"SIP/2.0/UDP")
    assert asyncio.get_running_loop().time() - began < 5
