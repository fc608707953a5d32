"""TCP and TLS: connections by their remote address, reused both ways (RFC 3261 section 18).

What a peer can make us hold is bounded everywhere: connections, one incomplete message of each,
what waits to be written, what waits for a connection.

A connection that the peer made is not made again by us when it is gone: nobody listens on the
port that it came from. The transport user may know another way.
"""

import asyncio
import ssl
from typing import Final

from engine.sip.errors import CertificateError
from engine.sip.flow import Flow, ListenAddress
from engine.sip.transaction import Transaction
from engine.sip.transport.acceptor import HANDSHAKE_TIMEOUT, Acceptor
from engine.sip.transport.admission import Admission, Seat
from engine.sip.transport.certificates import Certificates
from engine.sip.transport.connection import Connection
from engine.sip.transport.peer_identity import mismatch, refusal
from engine.sip.transport.user import Expected, TransportUser

MAX_WAITING: Final = 256
"""Messages waiting for one connection to open."""
CONNECT_TIMEOUT: Final = 4.0

Remote = tuple[str, int]
Waiting = list[tuple[bytes, Transaction | None]]


class StreamEndpoint:
    """One listening socket and all connections, in and out, that belong to it.

    `certificates` is what makes it TLS.
    """

    def __init__(
        self,
        address: ListenAddress,
        user: TransportUser,
        admission: Admission,
        certificates: Certificates | None = None,
    ) -> None:
        self.listener = address
        self._user = user
        self._admission = admission
        self._certificates = certificates
        context = None if certificates is None else certificates.server_context
        self._acceptor = Acceptor(admission, self._accepted, context)
        self._connections: dict[Remote, Connection] = {}
        self._waiting: dict[Remote, Waiting] = {}
        self._connecting: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Open connections."""
        return len(self._connections)

    async def open(self) -> None:
        """Listen. OSError when the address cannot be had."""
        port = self._acceptor.open(self.listener.host, self.listener.port)
        self.listener = self.listener._replace(port=port)

    def _accepted(self, seat: Seat, remote: Remote) -> Connection:
        return self._connection(Flow(self.listener, *remote, accepted=True), seat)

    def _connection(self, flow: Flow, seat: Seat) -> Connection:
        return Connection(self._user, flow, seat, self._opened, self._closed)

    def _opened(self, connection: Connection) -> None:
        self._connections[connection.flow.host, connection.flow.port] = connection

    def _closed(self, connection: Connection) -> None:
        key = connection.flow.host, connection.flow.port
        if self._connections.get(key) is connection:
            del self._connections[key]

    def is_connected(self, flow: Flow) -> bool:
        """Whether there is a connection with that address."""
        return (flow.host, flow.port) in self._connections

    def send(self, data: bytes, flow: Flow, sender: Transaction | None) -> bool:
        """Send on the connection with that address, or open one. False: it cannot be."""
        connection = self._connections.get((flow.host, flow.port))
        if connection is not None and connection.write(data):
            return True
        if flow.accepted:
            other = self._user.way_out(flow, data)
            return other is not None and not other.accepted and self.send(data, other, sender)
        return self._wait(data, flow, sender)

    def _wait(self, data: bytes, flow: Flow, sender: Transaction | None) -> bool:
        key = (flow.host, flow.port)
        waiting = self._waiting.get(key)
        if waiting is None:
            seat = self._admission.seat(flow.host)
            if seat is None:
                return False
            waiting = self._waiting[key] = []
            task = asyncio.get_running_loop().create_task(self._connect(flow, seat))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)
        if len(waiting) >= MAX_WAITING:
            return False
        waiting.append((data, sender))
        return True

    async def _connect(self, flow: Flow, seat: Seat) -> None:
        connection: Connection | None = None
        try:
            if self._certificates is None:
                connection = await self._open(flow, seat)
            else:
                connection = await self._open_tls(flow, seat, self._certificates)
        except (OSError, asyncio.CancelledError):  # TimeoutError is an OSError
            seat.leave()
        waiting = self._waiting.pop((flow.host, flow.port), [])
        for data, sender in waiting:
            written = connection is not None and connection.write(data)
            if not written and sender is not None:
                self._user.unreachable(sender)

    async def _open(self, flow: Flow, seat: Seat) -> Connection:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_TIMEOUT):
            _, connection = await loop.create_connection(
                lambda: self._connection(flow, seat),
                flow.host,
                flow.port,
                local_addr=(self.listener.host, 0),
            )
        connection.trusted()
        return connection

    async def _open_tls(
        self, flow: Flow, seat: Seat, certificates: Certificates
    ) -> Connection | None:
        expected = self._user.expected(flow)
        if expected is None:
            seat.leave()
            return None
        try:
            connection = await self._shake_hands(flow, seat, expected, certificates)
        except ssl.SSLError as error:
            self._user.refused(expected, flow, refusal(error))
            raise
        except CertificateError as error:
            self._user.refused(expected, flow, f"its authorities cannot be read: {error}")
            seat.leave()
            return None
        wrong = mismatch(connection.tls, expected.host)
        if wrong:
            self._user.refused(expected, flow, wrong)
            connection.abort()
            return None
        connection.trusted()
        return connection

    async def _shake_hands(
        self, flow: Flow, seat: Seat, expected: Expected, certificates: Certificates
    ) -> Connection:
        context = certificates.client_context(expected.authority)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_TIMEOUT + HANDSHAKE_TIMEOUT):
            _, connection = await loop.create_connection(
                lambda: self._connection(flow, seat),
                flow.host,
                flow.port,
                local_addr=(self.listener.host, 0),
                ssl=context,
                server_hostname=expected.host,
                ssl_handshake_timeout=HANDSHAKE_TIMEOUT,
            )
        return connection

    def sweep(self, now: float) -> None:
        """Close what is late."""
        for connection in [each for each in self._connections.values() if each.late(now)]:
            connection.abort()

    async def close(self) -> None:
        """Stop listening and close every connection."""
        self._acceptor.close()
        for task in tuple(self._connecting):
            task.cancel()
        for connection in tuple(self._connections.values()):
            connection.abort()
