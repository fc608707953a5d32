"""What booting phones do: a connection each, and their files one after another along it."""

import asyncio
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from bench import NotMeasuredError
from bench.sip.processes import CLIENTS

AT_ONCE: Final = 200
AGENT: Final = "Yealink SIP-T46G 28.83.0.120"


@contextmanager
def beside() -> Iterator[None]:
    """This process on the CPU of the clients."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENTS})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class _Booting(asyncio.Protocol):
    """One phone."""

    def __init__(self, paths: Sequence[str], done: asyncio.Future[None]) -> None:
        self._paths = deque(paths)
        self._done = done
        self._heard = bytearray()
        self._wanted = 0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        path = self._paths.popleft()
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {AGENT}\r\nAccept: */*\r\n\r\n"
        )
        self._transport.write(head.encode())

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if not self._wanted:
            self._read_head()
        if self._wanted and len(self._heard) >= self._wanted:
            self._heard.clear()
            self._wanted = 0
            if self._paths:
                self._ask()
            else:
                self._transport.close()

    def _read_head(self) -> None:
        end = self._heard.find(b"\r\n\r\n")
        if end < 0:
            return
        if not self._heard.startswith(b"HTTP/1.1 200"):
            raise NotMeasuredError(self._heard[:end].decode("latin-1"))
        head = self._heard[:end].lower()
        length = head.split(b"content-length:")[1].split(b"\r\n")[0]
        self._wanted = end + 4 + int(length)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._done.done():
            return
        if self._paths or self._wanted or exc is not None:
            self._done.set_exception(NotMeasuredError(f"a connection was closed: {exc}"))
        else:
            self._done.set_result(None)


async def boot(address: tuple[str, int], phones: Mapping[str, Sequence[str]]) -> int:
    """All phones fetch all their files; how many requests that were."""
    loop = asyncio.get_running_loop()
    waiting = iter(phones.values())

    async def some() -> None:
        for paths in waiting:
            done: asyncio.Future[None] = loop.create_future()
            await loop.create_connection(lambda p=paths, d=done: _Booting(p, d), *address)  # type: ignore[misc]
            await asyncio.wait_for(done, 60)

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return sum(map(len, phones.values()))


class _Loading(asyncio.DatagramProtocol):
    """One file by TFTP, with the options that phones' loaders send."""

    def __init__(self, name: str, address: tuple[str, int], done: asyncio.Future[None]) -> None:
        self._name = name
        self._address = address
        self._done = done
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        words = (self._name, "octet", "tsize", "0", "blksize", "1428")
        packet = b"\0\1" + b"".join(word.encode() + b"\0" for word in words)
        self._transport.sendto(packet, self._address)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data[1] == 6:
            self._transport.sendto(b"\0\4\0\0", addr)
        elif data[1] == 3:
            self._transport.sendto(b"\0\4" + data[2:4], addr)
            if len(data) < 4 + 1428 and not self._done.done():
                self._done.set_result(None)
        elif not self._done.done():
            self._done.set_exception(NotMeasuredError(f"TFTP: {data!r}"))


async def load(address: tuple[str, int], names: Sequence[str]) -> int:
    """Files by TFTP, each from an address of its own; how many."""
    loop = asyncio.get_running_loop()
    waiting = iter(enumerate(names))

    async def some() -> None:
        for number, name in waiting:
            done: asyncio.Future[None] = loop.create_future()
            source = f"127.1.{number // 250}.{number % 250 + 1}"
            transport, _ = await loop.create_datagram_endpoint(
                lambda n=name, d=done: _Loading(n, address, d),  # type: ignore[misc]
                local_addr=(source, 0),
            )
            await asyncio.wait_for(done, 60)
            transport.close()

    await asyncio.gather(*(some() for _ in range(AT_ONCE // 2)))
    return len(names)
