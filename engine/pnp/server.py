"""The sockets of SIP PnP: one in the multicast group, one that tells phones. Linux's rules apply.

The group's socket is bound to the group's address, so it shares the port with the router, which is
bound to the node's, and sees nothing but multicast.
"""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable
from typing import Final

from engine.pnp.core import PnpConfig, PnpCore
from engine.pnp.events import PnpEvent
from engine.sip.flow import ListenAddress
from engine.sip.timer import TICK
from engine.sip.transaction.tables import UNREACHABLE

GROUP: Final = "224.0.1.75"
"""sip.mcast.net, as IANA has it."""
DRAIN: Final = 64
"""Datagrams per wake-up."""
_SIZE: Final = 65535
_MULTICAST_ALL: Final = 49
"""IP_MULTICAST_ALL of Linux, for which Python has no name."""

log = logging.getLogger(__name__)


class PnpServer:
    """Listens on one interface, from `open` to `close`."""

    def __init__(
        self, config: PnpConfig, interface: str, port: int, sink: Callable[[PnpEvent], None]
    ) -> None:
        """Raises OSError where there is no such interface or the port is taken."""
        self._group = _group_socket(interface, port)
        try:
            self._sender = _sender_socket(interface)
        except OSError:
            self._group.close()
            raise
        group = ListenAddress("udp", interface, port)
        sender = ListenAddress("udp", interface, self._sender.getsockname()[1])
        self._sockets = {group: self._group, sender: self._sender}
        self._core = PnpCore(config, group, sender, sink, time.monotonic())
        self._timer: asyncio.TimerHandle | None = None

    def configure(self, config: PnpConfig) -> None:
        """Answer by another configuration from now on."""
        self._core.config = config

    def open(self) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._group.fileno(), self._read, self._group, self._asked)
        loop.add_reader(self._sender.fileno(), self._read, self._sender, self._answered)

    def close(self) -> None:
        """Stop, and free the ports."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for each in (self._group, self._sender):
            if each.fileno() >= 0:
                asyncio.get_running_loop().remove_reader(each.fileno())
                each.close()

    def _read(self, source: socket.socket, take: Callable[[bytes, str, int, float], None]) -> None:
        for _ in range(DRAIN):
            try:
                data, (host, port) = source.recvfrom(_SIZE)
            except BlockingIOError:
                break
            except OSError:  # of an earlier send: its transaction finds out by its timer
                continue
            try:
                take(data, host, port, time.monotonic())
            except Exception:  # one datagram must not stop the service: a defect, told in the log
                log.exception("a SIP PnP message could not be processed")
        self._send()

    def _asked(self, data: bytes, host: str, port: int, now: float) -> None:
        self._core.receive(data, host, port, now)

    def _answered(self, data: bytes, host: str, _port: int, now: float) -> None:
        self._core.answered(data, host, now)

    def _send(self) -> None:
        output = self._core.output
        while output:
            batch = output[:]
            output.clear()
            for flow, data, sender in batch:
                try:
                    self._sockets[flow.listener].sendto(data, (flow.host, flow.port))
                except BlockingIOError:
                    continue  # as the network might lose it: it is sent again
                except OSError:
                    if sender is not None:
                        sender.feed(UNREACHABLE, time.monotonic())
        if self._core.wheel and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(2 * TICK, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._core.advance(time.monotonic())
        self._send()


def _group_socket(interface: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Only what comes in by our interface, whatever else this machine has joined.
        with contextlib.suppress(OSError):
            made.setsockopt(socket.IPPROTO_IP, _MULTICAST_ALL, 0)
        member = socket.inet_aton(GROUP) + socket.inet_aton(interface)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        made.bind((GROUP, port))
    except OSError:
        made.close()
        raise
    return made


def _sender_socket(interface: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.bind((interface, 0))
    except OSError:
        made.close()
        raise
    return made
