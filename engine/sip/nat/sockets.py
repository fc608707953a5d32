"""The sockets to rtpengine: one for each instance, connected, so that only it is heard.

A thin asyncio shell. What is said stands in `rtpengine`.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable
from typing import Final

from engine.sip.config import RelayAddress

DRAIN: Final = 64
"""Datagrams per wake-up."""
LARGEST: Final = 65535

Receiver = Callable[[bytes, RelayAddress], None]


class RelaySockets:
    """Opened when something is sent. `receive` gets each datagram, `lost` hears of ICMP errors."""

    def __init__(self, receive: Receiver, lost: Callable[[RelayAddress], None]) -> None:
        self._receive = receive
        self._lost = lost
        self._sockets: dict[RelayAddress, socket.socket] = {}

    def send(self, address: RelayAddress, data: bytes) -> None:
        """Send one datagram. What gets lost is sent again by who wants an answer."""
        try:
            (self._sockets.get(address) or self._open(address)).send(data)
        except BlockingIOError:
            return
        except OSError:
            self._lost(address)

    def keep(self, addresses: Iterable[RelayAddress]) -> None:
        """Close the sockets to all others."""
        for address in self._sockets.keys() - set(addresses):
            closed = self._sockets.pop(address)
            asyncio.get_running_loop().remove_reader(closed.fileno())
            closed.close()

    def _open(self, address: RelayAddress) -> socket.socket:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_DGRAM)
        opened.setblocking(False)
        try:
            opened.connect(address)
        except OSError:
            opened.close()
            raise
        self._sockets[address] = opened
        asyncio.get_running_loop().add_reader(opened.fileno(), self._readable, address, opened)
        return opened

    def _readable(self, address: RelayAddress, opened: socket.socket) -> None:
        for _ in range(DRAIN):
            if opened.fileno() < 0:
                return
            try:
                data = opened.recv(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                self._lost(address)
                return
            self._receive(data, address)
