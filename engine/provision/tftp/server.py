"""The sockets: one that takes requests, and one for each transfer (RFC 1350 section 4).

Who is not in one's own networks gets no answer at all: over UDP a source can be forged, and an
answer would be a shot at somebody else. So do requests beyond the limits, which clients repeat.
"""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from engine.provision.access import Access, Missing
from engine.provision.asking import bare_name
from engine.provision.errors import ListenError
from engine.provision.events import ProfileServed
from engine.provision.ladder import Shown
from engine.provision.tftp.packet import (
    Fault,
    MalformedError,
    Opcode,
    Request,
    error_packet,
    parse_ack,
    parse_request,
)
from engine.provision.tftp.transfer import MODES, Transfer

MOST_TRANSFERS: Final = 512
MOST_OF_A_SOURCE: Final = 8
Address = tuple[Any, ...]


class TftpServer:
    """One port. All methods belong to the event loop's thread."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._transport: asyncio.DatagramTransport | None = None
        self._sending: dict[Address, _Sending] = {}
        self._sources: Counter[str] = Counter()

    async def start(self, host: str, port: int) -> None:
        """Take requests at an IP address. Raises ListenError."""
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(
                lambda: _Requests(self._requested), local_addr=(host, port)
            )
        except OSError as error:
            raise ListenError(host, port, error, "udp") from error

    async def stop(self) -> None:
        """Take no more requests, and drop what is on its way."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        for sending in list(self._sending.values()):
            sending.end()

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port that are really listened on; None when stopped."""
        if self._transport is None:
            return None
        host, port = self._transport.get_extra_info("sockname")[:2]
        return str(host), int(port)

    def __len__(self) -> int:
        """Transfers on their way."""
        return len(self._sending)

    def _requested(self, data: bytes, peer: Address) -> None:
        source = str(peer[0])
        if not self._access.local(source) or peer in self._sending or self._busy(source):
            return
        try:
            request = parse_request(data)
        except MalformedError:
            return
        answer = self._answer(request, source)
        if isinstance(answer, bytes):
            self._refuse(answer, peer)
        else:
            self._send(answer, peer)

    def _busy(self, source: str) -> bool:
        full = len(self._sending) >= MOST_TRANSFERS
        return full or self._sources[source] >= MOST_OF_A_SOURCE

    def _answer(self, request: Request, source: str) -> Transfer | bytes:
        """What is to be sent, or the packet that refuses it."""
        if request.opcode is not Opcode.READ:
            return error_packet(Fault.NOT_ALLOWED, "nothing can be written here")
        if request.mode not in MODES:
            return error_packet(Fault.ILLEGAL, "only octet and netascii")
        content = self._read(request.name, source)
        if content is None:
            return error_packet(Fault.NOT_FOUND, "not found")
        return Transfer(content, request.mode, request.options)

    def _read(self, name: str, source: str) -> bytes | None:
        """The bytes of a file. A phone's token is not taken: it would be readable on the way."""
        asked = bare_name(name)
        if asked is None or asked.token:
            return None
        shown = Shown("tftp", source, local=True)
        found = self._access.find(asked, shown)
        if isinstance(found, Missing) or found.file is None:
            return None
        body = self._access.body(found, shown)
        if body is None:
            return None
        size = len(body.content)
        self._access.tell(
            ProfileServed(found.mac, found.name, 200, size, source, "TFTP", found.rung)
        )
        return body.content

    def _refuse(self, packet: bytes, peer: Address) -> None:
        """From a port of its own too, as from a transfer that ends at once."""
        with contextlib.suppress(OSError), self._socket(peer) as refusing:
            refusing.send(packet)

    def _send(self, transfer: Transfer, peer: Address) -> None:
        try:
            own = self._socket(peer)
        except OSError:  # no port or no file handle left: the client asks again
            return
        source = str(peer[0])
        self._sources[source] += 1

        def ended() -> None:
            del self._sending[peer]
            self._sources[source] -= 1
            if not self._sources[source]:
                del self._sources[source]

        self._sending[peer] = _Sending(transfer, own, ended)

    def _socket(self, peer: Address) -> socket.socket:
        """A new port of the same address, for that peer alone: packets of others do not arrive."""
        assert self._transport is not None  # noqa: S101 (it took the request)
        bound = self._transport.get_extra_info("sockname")
        own = socket.socket(
            socket.AF_INET6 if ":" in str(bound[0]) else socket.AF_INET, socket.SOCK_DGRAM
        )
        try:
            own.setblocking(False)
            own.bind((bound[0], 0, *bound[2:]))
            own.connect(peer)
        except OSError:
            own.close()
            raise
        return own


class _Requests(asyncio.DatagramProtocol):
    """Datagrams to the server's port."""

    def __init__(self, requested: Callable[[bytes, Address], None]) -> None:
        self._requested = requested

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._requested(data, addr)


class _Sending:
    """A transfer with its socket and its timer."""

    def __init__(self, transfer: Transfer, own: socket.socket, ended: Callable[[], None]) -> None:
        self._transfer = transfer
        self._socket = own
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(own.fileno(), self._readable)
        self._out(transfer.start())

    def end(self) -> None:
        """Close the socket. Does nothing the second time."""
        if self._socket.fileno() < 0:
            return
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        if self._timer is not None:
            self._timer.cancel()
        self._ended()

    def _readable(self) -> None:
        try:
            block = parse_ack(self._socket.recv(1500))
        except (BlockingIOError, MalformedError):
            return
        except OSError:  # its port is closed: the client has gone
            self.end()
            return
        packet = None if block is None else self._transfer.acknowledged(block)
        if packet is not None:
            self._out(packet)
        elif block is None or self._transfer.done:
            self.end()

    def _out(self, packet: bytes) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(self._transfer.patience, self._repeat)
        with contextlib.suppress(OSError):  # a full buffer loses it like the network does
            self._socket.send(packet)

    def _repeat(self) -> None:
        packet = self._transfer.repeat()
        if packet is None:
            self.end()
        else:
            self._out(packet)
