"""The sockets of test phones: UDP, TCP, TLS and WebSocket, all with the same few words."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp

from engine.sip import ListenAddress, SipServer
from engine.sip.flow import TRANSPORTS
from engine.sip.wire import Request, StreamFramer, parse_message

EVERYWHERE = [
    ListenAddress(transport, host, 0) for host in ("127.0.0.1", "::1") for transport in TRANSPORTS
]


class Line:
    """A phone's socket: send bytes, wait for messages."""

    def __init__(self, phone: Any) -> None:
        self.phone = phone
        self.messages: asyncio.Queue[Any] = asyncio.Queue()
        self.send: Callable[[bytes], Any] = lambda data: None
        self.close: Callable[[], Any] = lambda: None
        self.stop_reading: Callable[[], Any] = lambda: None
        self.closed = asyncio.Event()
        self.raw = b""
        self.certificate: Any = None
        self.tasks: tuple[asyncio.Task[None], ...] = ()

    async def receive(self, kind: object = None) -> Any:
        """The next message; with `kind`, the next of that method or status."""
        async with asyncio.timeout(5):
            while True:
                message = await self.messages.get()
                what = message.method if isinstance(message, Request) else message.status
                if kind is None or what == kind:
                    return message

    async def register(self) -> None:
        request = self.phone.register()
        self.send(request)
        self.send(self.phone.authorize(request, await self.receive(401)))
        await self.receive(200)

    async def invite(self, number: str, scheme: str = "sip") -> None:
        request = self.phone.request("INVITE", f"{scheme}:{number}@example.test")
        self.send(request)
        self.send(self.phone.authorize(request, await self.receive(407)))


class UdpLine(asyncio.DatagramProtocol):
    def __init__(self, line: Line) -> None:
        self.line = line

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.line.raw += data
        if data[0]:
            self.line.messages.put_nowait(parse_message(data))


class StreamLine(asyncio.Protocol):
    def __init__(self, line: Line) -> None:
        self.line, self.framer = line, StreamFramer()

    def data_received(self, data: bytes) -> None:
        self.line.raw += data
        for message in self.framer.feed(data)[0]:
            self.line.messages.put_nowait(parse_message(message))

    def connection_lost(self, exc: Exception | None) -> None:
        self.line.closed.set()


async def connected(line: Line, listener: ListenAddress, trust: ssl.SSLContext | None) -> Line:
    """Connect a line to a listener."""
    remote = listener.host, listener.port
    if listener.transport in ("ws", "wss"):
        await _websocket(line, listener, trust)
        return line
    loop = asyncio.get_running_loop()
    channel: Any
    if listener.transport == "udp":
        channel, _ = await loop.create_datagram_endpoint(lambda: UdpLine(line), remote_addr=remote)
        line.send = channel.sendto
    else:
        context = trust if listener.transport == "tls" else None
        channel, _ = await loop.create_connection(
            lambda: StreamLine(line), *remote, ssl=context,
            server_hostname="example.test" if context else None,
        )  # fmt: skip
        line.send = channel.write
        line.stop_reading = channel.pause_reading
        line.certificate = channel.get_extra_info("peercert")
    line.close = channel.close
    host, line.phone.port = channel.get_extra_info("sockname")[:2]
    line.phone.host = f"[{host}]" if ":" in host else host
    line.phone.transport = listener.transport.upper()
    suffix = "" if listener.transport == "udp" else f";transport={listener.transport}"
    line.phone.contact = f"sip:{line.phone.user}@{line.phone.host}:{line.phone.port}{suffix}"
    return line


async def _websocket(line: Line, listener: ListenAddress, trust: ssl.SSLContext | None) -> None:
    """As a browser: it knows no address of its own (RFC 7118 section 5.2)."""
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    url = f"{listener.transport}://{host}:{listener.port}/"
    session = aiohttp.ClientSession()
    socket = await session.ws_connect(
        url,
        protocols=("sip",),
        ssl=trust or True,
        server_hostname="example.test" if trust else None,
    )
    sending: asyncio.Queue[bytes | None] = asyncio.Queue()
    line.send, line.close = sending.put_nowait, lambda: sending.put_nowait(None)
    line.phone.host, line.phone.port = "df7jal23ls0d.invalid", 0
    line.phone.transport = listener.transport.upper()
    line.phone.contact = f"sip:{line.phone.user}@df7jal23ls0d.invalid;transport=ws"

    async def write() -> None:
        while (data := await sending.get()) is not None:
            await socket.send_str(data.decode())
        await socket.close()
        await session.close()

    async def read() -> None:
        async for message in socket:
            data = message.data.encode() if isinstance(message.data, str) else message.data
            line.raw += data
            if len(data) > 2:
                line.messages.put_nowait(parse_message(data))
        line.closed.set()

    def stop_reading() -> None:
        connection = socket._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.pause_reading()

    line.stop_reading = stop_reading
    line.tasks = asyncio.create_task(write()), asyncio.create_task(read())


def listener_of(server: SipServer, transport: str, six: bool = False) -> ListenAddress:
    """Where a server listens with a transport, over IPv4 or IPv6."""
    return next(
        each
        for each in server.listening
        if each.transport == transport and (":" in each.host) == six
    )
