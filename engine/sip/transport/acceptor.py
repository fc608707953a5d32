"""A listening socket that asks first: a connection over the limits is closed before it costs
anything, a TLS handshake least of all.

asyncio's servers count nothing before a handshake is over, and keep the certificate that they
began with.
"""

import asyncio
import socket
import ssl
from asyncio import sslproto
from collections.abc import Callable
from typing import Final

from engine.sip.transport.admission import Admission, Seat

HANDSHAKE_TIMEOUT: Final = 8.0
"""Seconds for a TLS handshake to be over."""
BACKLOG: Final = 1024
DRAIN: Final = 64
"""Connections accepted per wake-up."""
RECOVERY: Final = 1.0
"""Seconds to wait when no connection can be accepted."""

TLS_BUFFER: Final = 32 * 1024
"""Bytes that each TLS connection reads at once, in and out: two records' worth.

asyncio's own 256 KiB are touched in full for each connection, and allocated anew for each read:
a thousand phones would hold 278 MB. It offers no other way to say so than the class attribute.
"""
sslproto.SSLProtocol.max_size = TLS_BUFFER

Made = Callable[[Seat, tuple[str, int]], asyncio.BaseProtocol]
"""Makes the protocol of an accepted connection: its seat, the remote host and port."""


class Acceptor:
    """Listens on one address. `context` gives the TLS context of the next connection."""

    def __init__(
        self,
        admission: Admission,
        made: Made,
        context: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._admission = admission
        self._made = made
        self._context = context
        self._socket: socket.socket | None = None
        self._greeting: set[asyncio.Task[None]] = set()
        self._recovery: asyncio.TimerHandle | None = None

    def open(self, host: str, port: int) -> int:
        """Listen; the port in use. OSError when the address cannot be had."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=BACKLOG)
        self._socket.setblocking(False)
        self._read()
        return int(self._socket.getsockname()[1])

    def _read(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().add_reader(self._socket.fileno(), self._accept)

    def _accept(self) -> None:
        assert self._socket is not None  # noqa: S101  it is being read
        for _ in range(DRAIN):
            try:
                connection, address = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:  # no file descriptors or memory left
                self._pause()
                return
            self._greet(connection, address[:2])

    def _pause(self) -> None:
        """The kernel keeps those who wait; asking again at once would only burn time."""
        assert self._socket is not None  # noqa: S101
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._socket.fileno())
        self._recovery = loop.call_later(RECOVERY, self._read)

    def _greet(self, connection: socket.socket, address: tuple[str, int]) -> None:
        seat = self._admission.seat(address[0], self._context is not None)
        if seat is None:
            connection.close()
            return
        connection.setblocking(False)
        # asyncio does so for sockets that it makes. Without it two small messages in a row wait for
        # the other end's delayed acknowledgement: 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.get_running_loop().create_task(self._serve(connection, address, seat))
        self._greeting.add(task)
        task.add_done_callback(self._greeting.discard)

    async def _serve(self, connection: socket.socket, address: tuple[str, int], seat: Seat) -> None:
        context = None if self._context is None else self._context()
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: self._made(seat, address),
                connection,
                ssl=context,
                ssl_handshake_timeout=None if context is None else HANDSHAKE_TIMEOUT,
            )
        except (OSError, asyncio.CancelledError):  # ssl.SSLError and TimeoutError are OSErrors
            connection.close()
            seat.leave()
        else:
            seat.shaken()

    def close(self) -> None:
        """Stop listening; handshakes that are not over end."""
        if self._recovery is not None:
            self._recovery.cancel()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
        for task in tuple(self._greeting):
            task.cancel()
