"""Everybody else gets nothing: no file, no hint, no traceback, no connection for ever."""

import asyncio
import subprocess
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.provision import ProfileRefused, ProfileServed, ProvisionServer
from engine.provision.connections import Connections
from engine.provision.limits import BURST, FailureLimit


async def raw(port: int, data: bytes, patience: float = 1.0) -> bytes:
    """Send bytes as they are, and read until the server closes or says nothing for a while."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    with suppress(ConnectionError, TimeoutError):
        writer.write(data)
        await writer.drain()
        while chunk := await asyncio.wait_for(reader.read(65536), patience):
            answer += chunk
    writer.close()
    return answer


def request(target: str, method: str = "GET", extra: str = "") -> bytes:
    head = f"{method} {target} HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n{extra}\r\n"
    return head.encode("latin-1")


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


async def test_every_refusal_reads_the_same(site: Any) -> None:
    token = site.secrets.provisioning_token(site.yealink, 1)
    guess = "A" * 22
    targets = [
        "/", "/d", "/d/", "/favicon.ico", f"/{site.yealink}.cfg", f"/d/{site.yealink}/",
        f"/d/{guess}/", f"/d/{guess}/{site.yealink}.cfg", f"/d/{token}", f"/d/{token[:-1]}/",
        f"/d/{token}x/", f"/d/{token.upper()}/", f"/D/{token}/", f"//d/{token}/", f"/d//{token}/",
        f"/d/{token}/../", f"/d/{guess}/../{token}/", f"/x/../d/{token}/", f"/d/{token}/./",
        f"/d/%2e%2e/d/{token}/", f"/d/{token}/%2e%2e/%2e%2e/etc/passwd", f"/%64/{token}/",
        f"/d/{token}%2f", f"/d/{token}/..%2f..%2fetc%2fpasswd", f"/d/{token}/%00",
        f"/d/{token}\\..\\", f"/d/{token}/{site.poly}.cfg/", "/d/../../../../etc/passwd",
    ]  # fmt: skip
    answers = set()
    for target in targets:
        site.server.access.failures = FailureLimit()
        answer = await raw(site.port, request(target))
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Date:")]
        answers.add((b"\r\n".join(lines), body))
    assert {body for _, body in answers} == {b"not found\n"}
    assert len(answers) == 1
    assert not [event for event in site.events if getattr(event, "status", 0) == 200]


async def test_another_phones_files_are_not_found_with_ones_own_token(site: Any) -> None:
    token = site.secrets.provisioning_token(site.yealink, 1)
    for name in (f"{site.poly}.cfg", f"{site.poly}-user.cfg", "..", ".", "..."):
        answer = await raw(site.port, request(f"/d/{token}/{name}"))
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert body_of(answer) == b"not found\n"


async def test_curl_cannot_climb(site: Any) -> None:
    token = site.secrets.provisioning_token(site.yealink, 1)
    url = f"{site.origin}/d/{token}/../../../../etc/passwd"
    command = ["curl", "-sS", "--path-as-is", "--max-time", "5", "-w", "%{http_code}", url]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    assert done.stdout == b"not found\n404"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "TRACE"])
async def test_only_get_and_head_are_possible(site: Any, method: str) -> None:
    for target in ("/", site.url(site.yealink).removeprefix(site.origin)):
        answer = await raw(site.port, request(target, method))
        assert answer.startswith(b"HTTP/1.1 405 ")
        assert b"\r\nAllow: GET, HEAD\r\n" in answer
        assert b"sip-alice" not in answer


async def test_no_event_holds_a_token(site: Any) -> None:
    token = site.secrets.provisioning_token(site.yealink, 1)
    agent = "User-Agent: Evil \xff\xc2\x85" + "x" * 500 + "\r\n"
    for target in (f"/d/{token}/", f"/d/{token}/nothing", f"/d/{token}x/y?z", f"/d/{token}%20/"):
        await raw(site.port, request(target, extra=agent))
        await raw(site.port, request(target, "POST"))
    assert any(isinstance(event, ProfileServed) for event in site.events)
    assert any(isinstance(event, ProfileRefused) for event in site.events)
    for event in site.events:
        assert token not in repr(event)
        assert event.user_agent.isprintable()
        assert len(event.user_agent) <= 128
    assert site.events[-2].path == "/d/…/"


@pytest.mark.parametrize(
    "data",
    [
        request("/" + "a" * 20_000),
        request("/", extra="X-Long: " + "a" * 20_000 + "\r\n"),
        request("/", extra="".join(f"X-{n}: {'a' * 500}\r\n" for n in range(2000))),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
        b"\x00" * 70_000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n : c\r\n\r\n",
        b"REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"\xff" * 100 + b": x\r\n\r\n",
    ],
)
async def test_garbage_gets_a_short_error_and_harms_nobody(
    site: Any, data: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = await raw(site.port, data)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    assert b"Traceback" not in answer
    assert b'File "' not in answer
    assert len(answer) < 500
    assert (await raw(site.port, request(site.url(site.yealink).removeprefix(site.origin))))[
        :12
    ] == b"HTTP/1.1 200"
    printed = capfd.readouterr()
    assert "Traceback" not in printed.out + printed.err


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    data=st.binary(max_size=400), start=st.sampled_from([b"", b"GET ", b"GET /d/x/ HTTP/1.1\r\n"])
)
def test_any_bytes_end_in_an_error_or_nothing(data: bytes, start: bytes) -> None:
    async def attempt() -> bytes:
        server = ProvisionServer(lambda event: None)
        await server.start("127.0.0.1", 0)
        assert server.address is not None
        answer = await raw(server.address[1], start + data + b"\r\n\r\n", patience=0.2)
        await server.stop()
        return answer

    answer = asyncio.run(attempt())
    assert answer == b"" or answer.startswith(b"HTTP/"), answer
    assert b"Traceback" not in answer
    assert answer[8:12] != b" 200"


async def test_whoever_tries_urls_is_cut_off_and_phones_at_the_same_address_are_not(
    site: Any,
) -> None:
    statuses = []
    async with aiohttp.ClientSession() as session:
        for number in range(BURST + 20):
            async with session.get(f"{site.origin}/d/{number:022}/") as response:
                statuses.append(response.status)
            async with session.get(site.url(site.yealink)) as response:
                assert response.status == 200
    assert statuses[:BURST] == [404] * BURST
    assert set(statuses[BURST + 3 :]) == {429}
    refused = [event for event in site.events if isinstance(event, ProfileRefused)]
    assert BURST <= len(refused) <= BURST + 3


def test_the_limit_recovers_and_forgets_in_bounded_memory() -> None:
    limit = FailureLimit()
    assert [limit.allow("192.0.2.1", 0.0) for _ in range(BURST + 1)] == [True] * BURST + [False]
    assert not limit.allow("192.0.2.1", 0.5)
    assert limit.allow("192.0.2.1", 10.0)
    assert limit.allow("192.0.2.2", 10.0)
    for number in range(20_000):
        limit.allow(str(number), 20.0)
    assert len(limit) == 10_000


def test_an_ipv6_host_cannot_escape_the_limit_by_changing_its_address() -> None:
    limit = FailureLimit()
    assert all(limit.allow(f"2001:db8::{number:x}", 0.0) for number in range(BURST))
    assert not limit.allow("2001:db8::ffff", 0.0)
    assert not limit.allow("2001:db8:0:0:1::%eth0", 0.0)
    assert limit.allow("2001:db8:0:1::1", 0.0)


async def test_a_storm_of_phones_is_served_completely(site: Any) -> None:
    """More than may wait in the kernel, all at once."""
    target = request(site.url(site.yealink).removeprefix(site.origin))
    answers = await asyncio.gather(*(raw(site.port, target, patience=20.0) for _ in range(400)))
    assert {answer[:12] for answer in answers} == {b"HTTP/1.1 200"}


async def test_a_slow_client_is_closed() -> None:
    connections = Connections(asyncio.get_running_loop(), silence=0.3)
    server = ProvisionServer(lambda event: None, connections)
    await server.start("127.0.0.1", 0)
    assert server.address is not None
    reader, writer = await asyncio.open_connection(*server.address)
    started = asyncio.get_running_loop().time()
    with suppress(ConnectionError):
        for (
            byte
        ) in b"GET / HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)
        await reader.read()
    assert 0.2 < asyncio.get_running_loop().time() - started < 2.5
    assert len(connections) == 0
    writer.close()
    await server.stop()


async def test_too_many_connections_cost_the_longest_silent_one() -> None:
    connections = Connections(asyncio.get_running_loop(), limit=5)
    server = ProvisionServer(lambda event: None, connections)
    await server.start("127.0.0.1", 0)
    assert server.address is not None
    held = [await asyncio.open_connection(*server.address) for _ in range(12)]
    await asyncio.sleep(0.1)
    assert len(connections) == 5
    answer = await raw(server.address[1], request("/"))
    assert answer.startswith(b"HTTP/1.1 404 ")
    for _, writer in held:
        writer.close()
    await server.stop()
    assert len(connections) == 0
