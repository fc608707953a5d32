"""One SIP connection over TCP or TLS: bytes to messages, and what a slow peer is allowed."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Final

from engine.sip.flow import Flow
from engine.sip.transport.admission import Seat
from engine.sip.transport.user import TransportUser
from engine.sip.wire import SipParseError, StreamFramer
from engine.sip.wire.message import MAX_SIZE

MAX_UNSENT: Final = 1024 * 1024
"""Bytes that a peer may leave unread before its connection is cut."""
SLOW_SENDER: Final = 15.0
"""Seconds for a message to arrive completely, and for the first one to begin."""
IDLE: Final = 3 * 3600.0
"""Seconds without a byte: longer than any registration lives."""


class Connection(asyncio.Protocol):
    """One connection, accepted or made. `closed` is called once, when it has been opened."""

    def __init__(
        self,
        user: TransportUser,
        flow: Flow,
        seat: Seat,
        opened: Callable[["Connection"], None],
        closed: Callable[["Connection"], None],
    ) -> None:
        self.flow = flow
        self._user = user
        self._seat = seat
        self._opened = opened
        self._closed = closed
        self._framer = StreamFramer(MAX_SIZE)
        self._transport: asyncio.Transport | None = None
        self._began = 0.0
        """When the message that is incomplete began; 0 when none is."""
        self._active = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open: one that was accepted is in use at once, one that we made when it is `trusted`."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  asyncio says so
        self._transport = transport
        self._active = asyncio.get_running_loop().time()
        if self.flow.accepted:
            self._began = self._active
            self._opened(self)
        else:
            transport.pause_reading()

    def trusted(self) -> None:
        """The other end is who we meant to connect to. It owes us no first message."""
        if self._transport is not None and not self._transport.is_closing():
            self._opened(self)
            self._transport.resume_reading()

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS session, when there is one."""
        assert self._transport is not None  # noqa: S101  asked of open ones
        session: ssl.SSLObject | None = self._transport.get_extra_info("ssl_object")
        return session

    def data_received(self, data: bytes) -> None:
        """Cut messages and hand them on; a stream that is beyond repair is closed (18.3)."""
        now = asyncio.get_running_loop().time()
        self._active = now
        try:
            messages, pings = self._framer.feed(data)
        except SipParseError as error:
            self._user.broken(self.flow, error, len(data))
            self.abort()
            return
        if pings:
            self.write(b"\r\n" * pings)
        for message in messages:
            self._user.receive(message, self.flow)
        if not self._framer.incomplete:
            self._began = 0.0
        elif messages or not self._began:
            self._began = now
        self._user.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it. Whoever needs it next makes a new one."""
        self._seat.leave()
        self._closed(self)

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

    def late(self, now: float) -> bool:
        """Whether it has kept us waiting too long."""
        if self._began and now - self._began > SLOW_SENDER:
            return True
        return now - self._active > IDLE

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
