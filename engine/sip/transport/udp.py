"""UDP: a raw non-blocking socket, drained in bounded gulps.

asyncio's own datagram protocol reads into 256 KiB buffers, which costs several times more per
datagram; and a queue of tasks would let a flood take all memory. Here the kernel's buffer is the
queue, and timers get their turn after DRAIN datagrams.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from engine.sip.flow import Flow, ListenAddress
from engine.sip.transport import stun
from engine.sip.transport.icmp import Branch, ask_for_errors, undelivered

DRAIN: Final = 64
"""Datagrams per wake-up."""
RECEIVE_SIZE: Final = 65535
RECENT: Final = 4096
"""Senders whose flows are kept ready."""
SOCKET_BUFFER: Final = 4 * 1024 * 1024
"""Asked for; the kernel grants what net.core.rmem_max allows."""

Receiver = Callable[[bytes, Flow], None]


class UdpEndpoint:
    """One bound socket. `receive` gets each datagram, `drained` is called after each gulp.

    `lost` is told of requests that the network could not deliver.
    """

    def __init__(
        self,
        address: ListenAddress,
        receive: Receiver,
        drained: Callable[[], None],
        lost: Callable[[Branch], None],
    ) -> None:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER)
        try:
            self._socket.bind((address.host, address.port))
        except OSError:
            self._socket.close()
            raise
        ask_for_errors(self._socket)
        self.listener = address._replace(port=self._socket.getsockname()[1])
        self._buffer = memoryview(bytearray(RECEIVE_SIZE))
        self._flows: dict[tuple[str, int], Flow] = {}
        self._receive = receive
        self._drained = drained
        self._lost = lost

    async def open(self) -> None:
        """Start reading."""
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._readable)

    def _readable(self) -> None:
        receive_into, receive = self._socket.recvfrom_into, self._receive
        buffer, flows = self._buffer, self._flows
        for taken in range(DRAIN):
            try:
                size, address = receive_into(buffer)
            except BlockingIOError:
                if not taken:  # nothing to read: it was an error that woke us
                    self._note_errors()
                break
            except OSError:  # of an earlier send
                self._note_errors()
                continue
            if not buffer[0]:  # as no SIP message begins, but STUN does
                self._answer(buffer[:size].tobytes(), address)
                continue
            receive(buffer[:size].tobytes(), flows.get(address) or self._flow(address))
        self._drained()

    def _note_errors(self) -> None:
        for request in undelivered(self._socket, DRAIN):
            self._lost(request)

    def _answer(self, data: bytes, address: tuple[str, int]) -> None:
        answer = stun.answer(data, *address[:2])
        if answer is not None:
            self.send(answer, self._flow(address))

    def _flow(self, address: tuple[str, int]) -> Flow:
        """The same object for the same sender: transactions that wait keep many of them."""
        if len(self._flows) >= RECENT:
            self._flows.clear()
        flow = self._flows[address] = Flow(self.listener, address[0], address[1])
        return flow

    def send(self, data: bytes, flow: Flow) -> bool:
        """Send one datagram. False: this destination cannot be sent to.

        A full socket buffer loses the datagram, as the network might: it is sent again.
        """
        try:
            self._socket.sendto(data, (flow.host, flow.port))
        except BlockingIOError:
            return True
        except OSError:
            return self._send_again(data, flow)
        return True

    def _send_again(self, data: bytes, flow: Flow) -> bool:
        """The error may be that of an earlier datagram: it is told to whoever comes next, once."""
        try:
            self._socket.sendto(data, (flow.host, flow.port))
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True

    async def close(self) -> None:
        """Stop reading and free the port."""
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
