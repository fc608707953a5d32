"""HTTP connections as phones make them: the usual request at once, all else by aiohttp's parser.

aiohttp is told to be terse about what it cannot read, and its connections are counted.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from ssl import SSLObject

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from engine.provision.connections import Connections
from engine.provision.firmware import PREFIX
from engine.provision.ladder import certified_mac
from engine.provision.usual import read_usual, written
from engine.provision.web import Web
from engine.webhook.reception import PATH as HOOK

_ELSEWHERE = ("/location/", PREFIX, HOOK)
"""What aiohttp answers, and web.py does not."""

MOST_HANDSHAKES = 256
HANDSHAKE = 10.0
"""Seconds that one may take."""


@dataclass(frozen=True, slots=True)
class Reception:
    """What all connections of one server share."""

    desk: Web
    server: web.Server
    """aiohttp's, for requests that are not the usual ones."""
    connections: Connections
    secure: bool = False
    shaking: dict["Entrance", float] = field(default_factory=dict)
    """Connections whose TLS handshake is not done, with when it began, the oldest first. asyncio
    does not say when one fails: it has by the time that it would have taken too long."""

    def enter(self) -> "Entrance":
        """For a new connection. Raises TooManyHandshakes, and then asyncio drops it."""
        entrance = Entrance(self)
        if self.secure:
            self._begin(entrance, self.connections.loop.time())
        return entrance

    def _begin(self, entrance: "Entrance", now: float) -> None:
        while self.shaking and next(iter(self.shaking.values())) < now - HANDSHAKE:
            del self.shaking[next(iter(self.shaking))]
        if len(self.shaking) >= MOST_HANDSHAKES:
            raise TooManyHandshakes
        self.shaking[entrance] = now


class TooManyHandshakes(Exception):  # noqa: N818  an answer, not an accident
    """Connections that say nothing must not use up the files of the process."""


class Entrance(asyncio.Protocol):
    """One connection, until something unusual comes along it."""

    __slots__ = ("_certified", "_peer", "_reception", "_transport")

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._transport: asyncio.Transport | None = None
        self._peer = self._certified = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (TCP servers make no other)
        self._transport = transport
        self._peer = peer_of(transport)
        if self._reception.secure:
            self._certified = mac_of(transport)
            self._reception.shaking.pop(self, None)
        self._reception.connections.opened(transport)

    def data_received(self, data: bytes) -> None:
        transport, reception = self._transport, self._reception
        assert transport is not None  # noqa: S101 (data comes along a connection)
        usual = read_usual(data, self._peer)
        if usual is None or usual[0].target.startswith(_ELSEWHERE):
            self._hand_over(transport, data)
            return
        reception.connections.heard(transport)
        question, stays = usual
        if reception.secure:
            question = question._replace(secure=True, certified=self._certified)
        answer = reception.desk.answer(question)
        stays = stays and not answer.close
        transport.write(written(answer, head=question.method == "HEAD", stays=stays))
        if not stays:
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._reception.connections.closed(self._transport)

    def pause_writing(self) -> None:
        """Who does not read what was asked for may not ask for more."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It was read."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _hand_over(self, transport: asyncio.Transport, data: bytes) -> None:
        """The rest of this connection is aiohttp's, beginning with these bytes."""
        reception = self._reception
        reception.connections.closed(transport)
        handler = PhoneProtocol(reception.server, reception.connections, reception.desk.unreadable)
        transport.set_protocol(handler)
        handler.connection_made(transport)
        handler.data_received(data)


def peer_of(transport: asyncio.BaseTransport) -> str:
    """The other end's IP address; empty when it has gone already."""
    name = transport.get_extra_info("peername")
    return str(name[0]) if name else ""


def mac_of(transport: asyncio.BaseTransport) -> str:
    """The MAC address in the client's certificate; empty without one."""
    secured = transport.get_extra_info("ssl_object")
    if not isinstance(secured, SSLObject):
        return ""
    return certified_mac(secured.getpeercert())


class PhoneProtocol(web.RequestHandler):
    """One connection, by aiohttp."""

    __slots__ = ("_connections", "_counted", "_unreadable")

    def __init__(
        self,
        server: web.Server,
        connections: Connections,
        unreadable: Callable[[str], None],
    ) -> None:
        """`unreadable` is told who sends what is no HTTP, or too long in some part."""
        self._connections = connections
        self._unreadable = unreadable
        self._counted: asyncio.Transport
        super().__init__(
            server,
            loop=connections.loop,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way of saying "none"
            keepalive_timeout=connections.silence,
            tcp_keepalive=False,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (TCP servers make no other)
        self._counted = transport  # aiohttp forgets its own when it closes
        self._connections.opened(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.closed(self._counted)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Close the connection with a few words, where aiohttp would repeat what it was sent."""
        if status < 500:
            self._unreadable(request.remote or "")
        else:
            self.log_exception("a request could not be answered", exc_info=exc)
        words = "bad request\n" if status < 500 else "cannot answer at the moment\n"
        response = web.Response(status=status, text=words, headers={hdrs.SERVER: "Dialtree"})
        response.force_close()
        return response
