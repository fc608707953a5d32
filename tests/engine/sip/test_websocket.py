"""WebSocket as browsers use it: opening, frames, pings, limits, and connections that are gone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from lines import EVERYWHERE, Line, listener_of

from engine.sip import MessageDropped, SipServer, WebSocketPolicy
from engine.sip.transport import websocket

Connect = Callable[..., Awaitable[Line]]


def url_of(server: SipServer, path: str = "/") -> str:
    listener = listener_of(server, "ws")
    return f"http://{listener.host}:{listener.port}{path}"


async def opened(server: SipServer, **asked: Any) -> int | None:
    """Status of the answer to an opening request; 101 when it became a WebSocket."""
    path = asked.pop("path", "/")
    async with aiohttp.ClientSession() as session:
        try:
            async with session.ws_connect(url_of(server, path), **asked) as socket:
                return 101 if socket.protocol == "sip" else None
        except aiohttp.WSServerHandshakeError as error:
            return error.status


def browser(session: aiohttp.ClientSession, server: SipServer, **options: Any) -> Any:
    """A context in which there is an open WebSocket."""
    return session.ws_connect(url_of(server), protocols=("sip",), **options)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"protocols": ("sip",)}, 101),
        ({"protocols": ("msrp", "sip")}, 101),
        ({"protocols": ("msrp",)}, 400),
        ({}, 400),
        ({"protocols": ("sip",), "path": "/other"}, 404),
        ({"protocols": ("sip",), "origin": "https://anywhere.example"}, 101),
    ],
)
async def test_a_websocket_is_opened_for_sip_only(
    everywhere: SipServer, asked: dict[str, Any], status: int
) -> None:
    assert await opened(everywhere, **asked) == status


async def test_a_defect_of_ours_is_told_in_the_log_and_not_to_the_browser(
    everywhere: SipServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("what nobody thought of")

    monkeypatch.setattr(websocket.WebSocketEndpoint, "_refusal", fail)
    async with (
        aiohttp.ClientSession() as session,
        session.get(url_of(everywhere)) as answer,
    ):
        assert (answer.status, await answer.text()) == (500, "cannot answer at the moment\n")
    assert "a WebSocket could not be served" in caplog.text


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://crm.example.net", 101), ("https://evil.example", 403), ("null", 403), (None, 101)],
)
async def test_only_pages_that_are_allowed_may_connect(
    everywhere: SipServer,
    make_config: Callable[..., Any],
    events: list[Any],
    origin: str | None,
    status: int,
) -> None:
    policy = WebSocketPolicy("/sip", frozenset({"https://crm.example.net"}))
    assert everywhere.certificates.loaded is not None
    config, _ = make_config(websocket=policy, certificate=everywhere.certificates.loaded.files)
    await everywhere.reconfigure(config, EVERYWHERE)
    found = await opened(everywhere, protocols=("sip",), origin=origin, path="/sip")
    assert found == status
    told = [each.reason for each in events if isinstance(each, MessageDropped)]
    assert told == ([] if status == 101 else [f"no WebSocket: pages of {origin} may not connect"])


async def test_a_page_or_garbage_is_refused_and_the_connection_closed(
    everywhere: SipServer,
) -> None:
    listener = listener_of(everywhere, "ws")
    for sent in (
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\xff\xff\r\n\r\n",
        b"INVITE sip:x SIP/2.0\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(listener.host, listener.port)
        writer.write(sent)
        async with asyncio.timeout(5):
            answer = await reader.read()
        assert answer.split()[1] in (b"426", b"400")
        assert b"Traceback" not in answer
        writer.close()
    assert everywhere.counts()["connections"] == 0


async def test_text_and_binary_frames_and_pings_are_answered(
    everywhere: SipServer, phone: Any
) -> None:
    alice = phone("alice", 0)
    alice.host, alice.transport = "df7jal23ls0d.invalid", "WS"
    async with aiohttp.ClientSession() as session, browser(session, everywhere) as socket:
        for send in (lambda data: socket.send_str(data.decode()), socket.send_bytes):
            await send(alice.request("OPTIONS", "sip:127.0.0.1"))
            answer = await socket.receive(5)
            assert answer.type is aiohttp.WSMsgType.TEXT
            assert answer.data.startswith("SIP/2.0 200 ")
            assert ";received=127.0.0.1" in answer.data
        await socket.send_str("\r\n\r\n")
        assert await socket.receive_str(timeout=5) == "\r\n"


async def test_bytes_that_are_no_text_leave_in_a_binary_frame(dial: Connect) -> None:
    alice, bob = await dial("alice", "udp"), await dial("bob", "ws")
    await bob.register()
    await alice.invite("bob")
    invite = await bob.receive("INVITE")
    bob.send(bob.phone.answer(invite, 200))
    ok = await alice.receive(200)
    ack = alice.phone.within("ACK", ok).replace(b"Content-Length: 0", b"Content-Length: 2")
    alice.send(ack + b"\xff\xfe")
    assert (await bob.receive("ACK")).body == b"\xff\xfe"


async def test_a_frame_that_is_too_large_ends_the_connection(everywhere: SipServer) -> None:
    async with aiohttp.ClientSession() as session, browser(session, everywhere) as socket:
        await socket.send_str("x" * 70_000)
        answer = await socket.receive(5)
        assert (answer.type, answer.data) == (aiohttp.WSMsgType.CLOSE, 1009)


async def test_who_never_asks_for_a_websocket_is_cut_off(
    everywhere: SipServer, dial: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "OPENING", 0.1)
    listener = listener_of(everywhere, "ws")
    line = await dial("alice", "ws")
    reader, writer = await asyncio.open_connection(listener.host, listener.port)
    writer.write(b"GET / HTTP/1.1\r\n")
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
    await line.register()


async def test_a_browser_that_does_not_answer_pings_is_cut_off(
    everywhere: SipServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PING_EVERY", 0.1)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url_of(everywhere), protocols=("sip",), autoping=False) as socket,
    ):
        assert (await socket.receive(5)).type is aiohttp.WSMsgType.PING
        async with asyncio.timeout(5):
            while everywhere.counts()["connections"]:
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("transport", ["ws", "wss", "tls", "tcp"])
async def test_a_call_to_a_closed_connection_fails_at_once(
    everywhere: SipServer, dial: Connect, transport: str
) -> None:
    alice, bob = await dial("alice", "udp"), await dial("bob", transport)
    await bob.register()
    bob.close()
    async with asyncio.timeout(5):
        while everywhere.counts()["connections"]:
            await asyncio.sleep(0.01)
    await alice.invite("bob")
    async with asyncio.timeout(1):
        await alice.receive(480)
