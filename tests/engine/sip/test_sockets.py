"""The server on real sockets: UDP and TCP, keep-alives, limits, reconfiguration."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from lines import Line, connected, listener_of

from engine.sip import ListenAddress, ListenError, Peer, Registered, SipServer
from engine.sip.transport import admission, connection
from engine.sip.wire import parse_message
from schema.dialplan.decision import Step

Make = Callable[..., Any]
ANY_UDP = ListenAddress("udp", "127.0.0.1", 0)
ANY_TCP = ListenAddress("tcp", "127.0.0.1", 0)


@pytest.fixture
def events() -> list[Any]:
    return []


@pytest.fixture
async def server(make_config: Make, events: list[Any]) -> AsyncIterator[SipServer]:
    config, plan = make_config()
    server = SipServer(config, events.append)
    server.plan = plan  # type: ignore[attr-defined]
    await server.start([ANY_UDP, ANY_TCP])
    yield server
    await server.stop()


Connect = Callable[..., Awaitable[Line]]


@pytest.fixture
async def connect(server: SipServer, phone: Make) -> AsyncIterator[Connect]:
    """Open a phone's line: connect(user, "udp" or "tcp")."""
    lines: list[Line] = []

    async def open_line(user: str, transport: str = "udp") -> Line:
        lines.append(await connected(Line(phone(user, 0)), listener_of(server, transport), None))
        return lines[-1]

    yield open_line
    for line in lines:
        line.close()


@pytest.mark.parametrize(
    ("near", "far"), [("udp", "udp"), ("udp", "tcp"), ("tcp", "udp"), ("tcp", "tcp")]
)
async def test_a_call_crosses_transports(connect: Connect, near: str, far: str) -> None:
    alice, bob = await connect("alice", near), await connect("bob", far)
    await bob.register()
    await alice.invite("bob")
    invite = await bob.receive("INVITE")
    bob.send(bob.phone.answer(invite, 200))
    ok = await alice.receive(200)
    alice.send(alice.phone.within("ACK", ok))
    await bob.receive("ACK")
    bob.send(bob.phone.within("BYE", invite, sequence=1))
    bye = await alice.receive("BYE")
    alice.send(alice.phone.answer(bye, 200))
    await bob.receive(200)


async def test_small_messages_do_not_wait_for_acknowledgements_of_others(
    server: SipServer, connect: Connect
) -> None:
    """Nagle's algorithm and a delayed acknowledgement cost 40 ms; asyncio does not help here."""
    bob = await connect("bob", "tcp")
    await bob.register()
    accepted = [
        each.get_extra_info("socket")
        for each in gc.get_objects()
        if isinstance(each, asyncio.Transport)
        and (each.get_extra_info("peername") or ("", 0))[1] == bob.phone.port
    ]
    assert [each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for each in accepted] == [1]


async def test_the_server_tells_registrations_calls_and_counts(
    server: SipServer, connect: Connect, events: list[Any]
) -> None:
    alice, bob = await connect("alice"), await connect("bob", "tcp")
    await bob.register()
    await alice.invite("bob")
    bob.send(bob.phone.answer(await bob.receive("INVITE"), 200))
    await alice.receive(200)
    [binding] = server.registrations()
    assert (binding.user, binding.flow.transport) == ("bob", "tcp")
    [call] = server.calls()
    assert (call.caller, call.target, call.state) == ("alice", "bob", "answered")
    counts = server.counts()
    assert (counts["registrations"], counts["calls"], counts["connections"]) == (1, 1, 1)
    assert isinstance(events[0], Registered)
    assert [change.kind for change in server.take_changes()] == ["saved"]


async def test_a_closed_connection_is_opened_again_to_the_contact(
    server: SipServer, connect: Connect, phone: Make
) -> None:
    line = await connect("bob", "tcp")
    accepted: asyncio.Queue[Any] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.put_nowait(parse_message(await reader.readuntil(b"\r\n\r\n")))
        writer.close()

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    await line.register()
    [binding] = server.registrations()
    flow = binding.flow._replace(port=port, accepted=False)
    server.restore([binding._replace(flow=flow)])
    await (alice := await connect("alice")).invite("bob")
    async with asyncio.timeout(5):
        assert (await accepted.get()).method == "INVITE"
    listener.close()
    assert alice.phone


async def test_a_gateway_that_refuses_the_connection_is_skipped_at_once(
    server: SipServer, connect: Connect, make_config: Make
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        dead = probe.getsockname()[1]
    second = await connect("gw")
    config, plan = make_config(
        peers={
            "dead": Peer("dead", "127.0.0.1", dead, "tcp"),
            "alive": Peer("alive", "127.0.0.1", second.phone.port),
        }
    )
    plan.steps["5551234"] = (Step("gateway", "dead", "1"), Step("gateway", "alive", "2"))
    await server.reconfigure(config, [ANY_UDP, ANY_TCP])
    await (await connect("alice")).invite("5551234")
    assert (await second.receive("INVITE")).target.user == "2"


async def test_a_ping_is_answered_and_a_broken_stream_closed(connect: Connect) -> None:
    line = await connect("alice", "tcp")
    line.send(b"\r\n\r\n")
    async with asyncio.timeout(5):
        while line.raw != b"\r\n":
            await asyncio.sleep(0.01)
        line.send(b"OPTIONS sip:127.0.0.1 SIP/2.0\r\nContent-Length: -5\r\n\r\n")
        await line.closed.wait()


async def test_a_slow_sender_is_cut_off(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SLOW_SENDER", 0.2)
    silent, slow, quiet = [await connect("alice", "tcp") for _ in range(3)]
    slow.send(b"OPTIONS sip:x SIP/2.0\r\n")
    quiet.send(quiet.phone.request("OPTIONS", "sip:127.0.0.1"))
    await quiet.receive(200)
    async with asyncio.timeout(5):
        await silent.closed.wait()
        await slow.closed.wait()
    assert not quiet.closed.is_set()


async def test_one_address_gets_so_many_connections(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "MAX_PER_ADDRESS", 2)
    first, second, third = [await connect("alice", "tcp") for _ in range(3)]
    async with asyncio.timeout(5):
        await third.closed.wait()
    assert not first.closed.is_set()
    assert not second.closed.is_set()


async def test_several_messages_in_one_segment_are_all_served(connect: Connect) -> None:
    line = await connect("alice", "tcp")
    line.send(b"".join(line.phone.request("OPTIONS", "sip:127.0.0.1") for _ in range(5)))
    for _ in range(5):
        await line.receive(200)


async def test_garbage_changes_nothing_for_others(server: SipServer, connect: Connect) -> None:
    rogue = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(200):
        rogue.sendto(b"\xff\x00garbage\r\n\r\n", listener_of(server, "udp")[1:])
    rogue.close()
    await (await connect("alice")).register()
    assert server.counts()["dropped messages"] == 200
    assert "defects" not in server.counts()


async def test_a_taken_port_is_named_and_nothing_else_changes(
    server: SipServer, connect: Connect, make_config: Make
) -> None:
    line = await connect("alice")
    await line.register()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        other, _ = make_config(users=("zoe",))
        with pytest.raises(ListenError) as caught:
            await server.reconfigure(other, [ANY_UDP, ListenAddress("tcp", "127.0.0.1", port)])
    assert (caught.value.port, caught.value.reason) == (port, "Address already in use")
    await line.register()
    assert len(server.listening) == 2


async def test_a_new_configuration_keeps_registrations_and_sockets(
    server: SipServer, connect: Connect, make_config: Make
) -> None:
    line = await connect("alice")
    await line.register()
    before = server.listening
    config, _ = make_config(users=("alice", "dave"))
    await server.reconfigure(config, [ANY_UDP, ANY_TCP, ListenAddress("udp", "127.0.0.2", 0)])
    assert server.listening[:2] == before
    assert len(server.registrations()) == 1
    await (await connect("dave")).register()
    await server.reconfigure(config, [ANY_UDP])
    assert server.listening == before[:1]


async def test_a_phone_is_told_to_fetch_its_profile(server: SipServer, connect: Connect) -> None:
    line = await connect("alice")
    await line.register()
    assert server.notify_device("alice", "0015651234ab", "check-sync") == 0
    assert server.notify_device("alice", "", "check-sync;reboot=false") == 1
    notify = await line.receive("NOTIFY")
    assert notify.value(b"event") == b"check-sync;reboot=false"
    line.send(line.phone.answer(notify, 200))


async def test_temporary_accounts_call_each_other(server: SipServer, connect: Connect) -> None:
    server.lend_account("probe-a", "pw-probe-a")
    server.lend_account("probe-b", "pw-probe-b")
    one, two = await connect("probe-a"), await connect("probe-b")
    await two.register()
    await one.invite("probe-b")
    two.send(two.phone.answer(await two.receive("INVITE"), 486))
    await one.receive(486)
    server.return_account("probe-b")
    assert server.registrations() == []


async def test_a_phone_with_two_connections_rings_on_the_one_that_is_left(
    server: SipServer, connect: Connect
) -> None:
    """RFC 5626: the latest flow first, and the other one when its connection is gone."""
    lines = [await connect("bob", "tcp") for _ in range(2)]
    for number, line in enumerate(lines, 1):
        contact = (
            f'sip:bob@q.invalid;transport=tcp>;+sip.instance="<urn:uuid:1>";reg-id={number};x=y'
        )
        line.phone.contact = contact
        request = line.phone.register(headers=("Supported: outbound",))
        line.send(request)
        line.send(line.phone.authorize(request, await line.receive(401)))
        assert (await line.receive(200)).value(b"require") == b"outbound"
    first, second = lines
    alice = await connect("alice")
    await alice.invite("bob")
    await second.receive("INVITE")
    second.close()
    async with asyncio.timeout(5):
        await second.closed.wait()
        while server.counts()["connections"] > 1:
            await asyncio.sleep(0.01)
    await alice.invite("bob")
    assert (await first.receive("INVITE")).method == "INVITE"
