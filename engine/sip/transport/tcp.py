"""TCP: connections by their remote address, reused both ways (RFC 3261 section 18, RFC 5923).

What a peer can make us hold is bounded everywhere: connections in all and per address, one
incomplete message per connection, what waits to be written, what waits for a connection.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

from engine.sip.flow import Flow, ListenAddress
from engine.sip.transaction import Transaction
from engine.sip.wire import SipParseError, StreamFramer

MAX_CONNECTIONS: Final = 20_000
MAX_PER_ADDRESS: Final = 1_000
"""An office behind one address has many phones; an attacker soon has as many connections."""
MAX_UNSENT: Final = 1024 * 1024
"""Bytes that a peer may leave unread before its connection is cut."""
MAX_WAITING: Final = 256
"""Messages waiting for one connection to open."""
CONNECT_TIMEOUT: Final = 4.0
SLOW_SENDER: Final = 15.0
"""Seconds for a message to arrive completely, and for the first one to begin."""
IDLE: Final = 3 * 3600.0
"""Seconds without a byte: longer than any registration lives."""

Receiver = Callable[[bytes, Flow], None]
Failed = Callable[[Transaction], None]


class Connection(asyncio.Protocol):
    """One connection, accepted or made."""

    def __init__(self, endpoint: "TcpEndpoint") -> None:
        self._endpoint = endpoint
        self._framer = StreamFramer(endpoint.limit)
        self._transport: asyncio.Transport | None = None
        self.flow: Flow | None = None
        self._began = 0.0
        """When the message that is incomplete began; 0 when none is."""
        self.active = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register under the remote address, or hang up when there are too many."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  asyncio says so
        self._transport = transport
        host, port = transport.get_extra_info("peername")[:2]
        self.flow = Flow(self._endpoint.listener, host, port)
        self.active = self._began = asyncio.get_running_loop().time()
        if not self._endpoint.admit(self):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Cut messages and hand them on; a stream that is beyond repair is closed (18.3)."""
        assert self.flow is not None  # noqa: S101
        now = asyncio.get_running_loop().time()
        self.active = now
        try:
            messages, pings = self._framer.feed(data)
        except SipParseError as error:
            self._endpoint.broken(self.flow, error, len(data))
            self.abort()
            return
        if pings:
            self.write(b"\r\n" * pings)
        for message in messages:
            self._endpoint.receive(message, self.flow)
        if not self._framer.incomplete:
            self._began = 0.0
        elif messages or not self._began:
            self._began = now
        self._endpoint.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it. Whoever needs it next makes a new one."""
        self._endpoint.forget(self)

    def write(self, data: bytes) -> bool:
        """Queue bytes for sending. False: closing, or the peer does not read."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > MAX_UNSENT:
            transport.abort()
            return False
        transport.write(data)
        return True

    def expect_nothing(self) -> None:
        """We made this connection: the peer owes us no first message."""
        self._began = 0.0

    def late(self, now: float) -> bool:
        """Whether it has kept us waiting too long."""
        if self._began and now - self._began > SLOW_SENDER:
            return True
        return now - self.active > IDLE

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()


class TcpEndpoint:
    """One listening socket and all connections, in and out, that belong to it."""

    def __init__(
        self,
        address: ListenAddress,
        receive: Receiver,
        drained: Callable[[], None],
        failed: Failed,
        broken: Callable[[Flow, SipParseError, int], None],
        limit: int,
    ) -> None:
        self.listener = address
        self.receive = receive
        self.drained = drained
        self.broken = broken
        self.limit = limit
        self._failed = failed
        self._server: asyncio.Server | None = None
        self._connections: dict[tuple[str, int], Connection] = {}
        self._per_address: Counter[str] = Counter()
        self._waiting: dict[tuple[str, int], list[tuple[bytes, Transaction | None]]] = {}
        self._connecting: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Open connections."""
        return len(self._connections)

    async def open(self) -> None:
        """Listen. OSError when the address cannot be had."""
        loop = asyncio.get_running_loop()
        host, port = self.listener.host, self.listener.port
        self._server = await loop.create_server(lambda: Connection(self), host, port)
        port = self._server.sockets[0].getsockname()[1]
        self.listener = self.listener._replace(port=port)

    def admit(self, connection: Connection) -> bool:
        """Take up a new connection unless there are too many."""
        flow = connection.flow
        assert flow is not None  # noqa: S101
        full = len(self._connections) >= MAX_CONNECTIONS
        if full or self._per_address[flow.host] >= MAX_PER_ADDRESS:
            return False
        self._connections[flow.host, flow.port] = connection
        self._per_address[flow.host] += 1
        return True

    def forget(self, connection: Connection) -> None:
        """A connection is gone."""
        flow = connection.flow
        if flow is None or self._connections.get((flow.host, flow.port)) is not connection:
            return
        del self._connections[flow.host, flow.port]
        self._per_address[flow.host] -= 1
        if not self._per_address[flow.host]:
            del self._per_address[flow.host]

    def send(self, data: bytes, flow: Flow, sender: Transaction | None) -> bool:
        """Send on the connection with that address, or open one. False: it cannot be."""
        key = (flow.host, flow.port)
        connection = self._connections.get(key)
        if connection is not None and connection.write(data):
            return True
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = []
            task = asyncio.get_running_loop().create_task(self._connect(key))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)
        if len(waiting) >= MAX_WAITING:
            return False
        waiting.append((data, sender))
        return True

    async def _connect(self, key: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        local = (self.listener.host, 0)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                _, connection = await loop.create_connection(
                    lambda: Connection(self), *key, local_addr=local
                )
        except OSError:  # TimeoutError is one
            self._give_up(key)
            return
        connection.expect_nothing()
        for data, sender in self._waiting.pop(key, ()):
            if not connection.write(data) and sender is not None:
                self._failed(sender)

    def _give_up(self, key: tuple[str, int]) -> None:
        for _, sender in self._waiting.pop(key, ()):
            if sender is not None:
                self._failed(sender)

    def sweep(self, now: float) -> None:
        """Close what is late."""
        for connection in [each for each in self._connections.values() if each.late(now)]:
            connection.abort()

    async def close(self) -> None:
        """Stop listening and close every connection."""
        for task in tuple(self._connecting):
            task.cancel()
        for connection in tuple(self._connections.values()):
            connection.abort()
        if self._server is not None:
            self._server.close()
            self._server = None
