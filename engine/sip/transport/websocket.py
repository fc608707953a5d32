"""SIP over WebSocket, plain and secure (RFC 7118): how browsers register and call.

The only module of the engine that knows aiohttp, which speaks HTTP and WebSocket here. One SIP
message is one frame, text or binary. A browser listens nowhere: its connection is the only way
to it, and none is ever made by us.
"""

import asyncio
from typing import Final

from aiohttp import WSMsgType, hdrs, web
from aiohttp.web_request import BaseRequest

from engine.sip.config import ANY_PAGE
from engine.sip.flow import Flow, ListenAddress
from engine.sip.transaction import Transaction
from engine.sip.transport.acceptor import Acceptor
from engine.sip.transport.admission import Admission, Seat
from engine.sip.transport.certificates import Certificates
from engine.sip.transport.connection import MAX_UNSENT
from engine.sip.transport.user import TransportUser
from engine.sip.wire import SipParseError
from engine.sip.wire.message import MAX_SIZE

PING_EVERY: Final = 30.0
"""Seconds between pings: proxies and NATs on the way forget connections that are silent for 60.
One that does not answer in half of that is closed."""
OPENING: Final = 10.0
"""Seconds for the HTTP request that opens a WebSocket."""
SUBPROTOCOL: Final = "sip"

Remote = tuple[str, int]


class Channel(web.RequestHandler):
    """One connection, from its first byte on. `peer` is set once it is a WebSocket."""

    __slots__ = ("began", "endpoint", "flow", "peer", "seat")

    def __init__(self, endpoint: "WebSocketEndpoint", server: web.Server, seat: Seat, flow: Flow):
        loop = asyncio.get_running_loop()
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way of saying "none"
            tcp_keepalive=False,
        )
        self.endpoint = endpoint
        self.seat = seat
        self.flow = flow
        self.peer: web.WebSocketResponse | None = None
        self.began = loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.endpoint.opened(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.seat.leave()
        self.endpoint.closed(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Close the connection with a few words, where aiohttp would repeat what it was sent."""
        if status >= 500:  # a defect of ours, told in the log
            self.log_exception("a WebSocket could not be served", exc_info=exc)
            return refusal(500, "cannot answer at the moment")
        self.endpoint.refuse(self, "it is no HTTP request")
        return refusal(400, "bad request")

    def write(self, data: bytes) -> bool:
        """Send a message. False: closing, or the peer does not read.

        The frame is made here, because aiohttp's sending is a coroutine: it would need a task
        for each message, or a queue and a task for each connection.
        """
        transport = self.transport
        if self.peer is None or self.peer.closed or transport is None or transport.is_closing():
            return False
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  asyncio makes no other
        if transport.get_write_buffer_size() > MAX_UNSENT:
            transport.abort()
            return False
        transport.write(frame(data))
        return True

    def abort(self) -> None:
        """Close at once."""
        if self.transport is not None:
            self.transport.abort()


class WebSocketEndpoint:
    """One listening socket and the browsers connected to it. With `certificates` it is secure."""

    def __init__(
        self,
        address: ListenAddress,
        user: TransportUser,
        admission: Admission,
        certificates: Certificates | None = None,
    ) -> None:
        self.listener = address
        self.policy = ANY_PAGE
        self._user = user
        context = None if certificates is None else certificates.server_context
        self._acceptor = Acceptor(admission, self._accepted, context)
        self._channels: dict[Remote, Channel] = {}
        self._http: web.Server | None = None

    def __len__(self) -> int:
        """Open connections."""
        return len(self._channels)

    async def open(self) -> None:
        """Listen. OSError when the address cannot be had."""
        self._http = web.Server(self._serve)
        port = self._acceptor.open(self.listener.host, self.listener.port)
        self.listener = self.listener._replace(port=port)

    def _accepted(self, seat: Seat, remote: Remote) -> Channel:
        assert self._http is not None  # noqa: S101  it is open
        return Channel(self, self._http, seat, Flow(self.listener, *remote, accepted=True))

    def opened(self, channel: Channel) -> None:
        """A connection, which may become a WebSocket."""
        self._channels[channel.flow.host, channel.flow.port] = channel

    def closed(self, channel: Channel) -> None:
        """It is gone."""
        key = channel.flow.host, channel.flow.port
        if self._channels.get(key) is channel:
            del self._channels[key]

    def refuse(self, channel: Channel, reason: str) -> None:
        """Somebody asked for something else."""
        self._user.broken(channel.flow, SipParseError(f"no WebSocket: {reason}"), 0)

    async def _serve(self, request: BaseRequest) -> web.StreamResponse:
        channel = request.protocol
        assert isinstance(channel, Channel)  # noqa: S101  we made it
        refused = self._refusal(request)
        if refused is not None:
            self.refuse(channel, refused[1])
            return refusal(*refused)
        peer = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,),
            heartbeat=PING_EVERY,
            max_msg_size=MAX_SIZE,
            compress=False,
            timeout=1.0,
        )
        await peer.prepare(request)
        channel.peer = peer
        await self._listen(channel, peer)
        return peer

    def _refusal(self, request: BaseRequest) -> tuple[int, str] | None:
        """Status and reason when this is not a request to speak SIP with us (section 4.1)."""
        if request.path != self.policy.path:
            return 404, f"there is nothing at {request.path[:128]}"
        if request.headers.get(hdrs.UPGRADE, "").lower() != "websocket":
            return 426, "the request does not ask for one"
        offered = request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "")
        if SUBPROTOCOL not in (one.strip().lower() for one in offered.split(",")):
            return 400, "the subprotocol sip is not offered"
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and self.policy.origins and origin not in self.policy.origins:
            return 403, f"pages of {origin[:128]} may not connect"
        return None

    async def _listen(self, channel: Channel, peer: web.WebSocketResponse) -> None:
        async for message in peer:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            data = message.data
            if isinstance(data, str):
                data = data.encode()
            if data == b"\r\n\r\n":  # some send RFC 5626's ping besides WebSocket's own
                channel.write(b"\r\n")
                continue
            self._user.receive(data, channel.flow)
            self._user.drained()

    def is_connected(self, flow: Flow) -> bool:
        """Whether there is a WebSocket with that address."""
        return (flow.host, flow.port) in self._channels

    def send(self, data: bytes, flow: Flow, sender: Transaction | None) -> bool:
        """Send on the connection of that flow. False: it is gone."""
        channel = self._channels.get((flow.host, flow.port))
        return channel is not None and channel.write(data)

    def sweep(self, now: float) -> None:
        """Close what has not become a WebSocket in time. Later its pings do that."""
        for channel in list(self._channels.values()):
            if channel.peer is None and now - channel.began > OPENING:
                channel.abort()

    async def close(self) -> None:
        """Stop listening and close every connection."""
        self._acceptor.close()
        for channel in list(self._channels.values()):
            channel.abort()
        if self._http is not None:
            await self._http.shutdown(timeout=1.0)
            self._http = None


def refusal(status: int, words: str) -> web.Response:
    """A short answer, and the connection is closed."""
    response = web.Response(status=status, text=f"{words}\n", headers={hdrs.SERVER: "Dialtree"})
    response.force_close()
    return response


def frame(data: bytes) -> bytes:
    """An unmasked frame, as servers send (RFC 6455 section 5.2): text if it is UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        kind = b"\x82"
    else:
        kind = b"\x81"
    size = len(data)
    if size < 126:
        return kind + size.to_bytes(1, "big") + data
    if size < 65536:
        return kind + b"\x7e" + size.to_bytes(2, "big") + data
    return kind + b"\x7f" + size.to_bytes(8, "big") + data
