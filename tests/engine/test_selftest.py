"""The self-test's end point, beside what whole nodes show of it in tests/system."""

import asyncio
from collections.abc import Callable

import pytest

from engine.selftest.endpoint import Endpoint


class Answering(asyncio.DatagramProtocol):
    """Hands each request's 200 to the end point at once, and says so."""

    def __init__(self, endpoint: Endpoint, answered: Callable[[], None]) -> None:
        self._endpoint = endpoint
        self._answered = answered

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        lines = [
            line
            for line in data.split(b"\r\n")
            if line.split(b":")[0] in (b"Via", b"From", b"To", b"Call-ID", b"CSeq")
        ]
        answer = b"\r\n".join((b"SIP/2.0 200 OK", *lines, b"Content-Length: 0\r\n\r\n"))
        self._endpoint.datagram_received(answer, address)
        self._answered()


@pytest.mark.parametrize("later", range(6))
async def test_a_self_test_that_is_stopped_as_its_answer_comes_stops(later: int) -> None:
    """A node that is told to stop in that moment would otherwise go on for ever."""
    loop = asyncio.get_running_loop()
    endpoint = Endpoint("u", "p", "example.test", ("127.0.0.1", 0))

    def stop(hops: int) -> None:
        if hops:
            loop.call_soon(stop, hops - 1)
        else:
            task.cancel()

    server, _ = await loop.create_datagram_endpoint(
        lambda: Answering(endpoint, lambda: stop(later)), local_addr=("127.0.0.1", 0)
    )
    endpoint.server = server.get_extra_info("sockname")
    await endpoint.open("127.0.0.1")

    async def register_and_wait() -> None:
        await endpoint.register(60)
        await asyncio.sleep(3600)

    task = asyncio.ensure_future(register_and_wait())
    await asyncio.wait({task}, timeout=2)
    stopped = task.cancelled()
    task.cancel()
    endpoint.close()
    server.close()
    assert stopped
