"""The HTTP and HTTPS server that phones fetch their files from. Reads no file of the tree itself.

Opens the ports and takes what is not the usual request (usual.py): uploads, locations, oddities.
What is answered is decided in web.py and access.py; emergency locations: location.py.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Literal

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from engine.emergency.location import Located
from engine.provision import protocol
from engine.provision.access import Access
from engine.provision.answering import Answer, plain
from engine.provision.connections import Connections
from engine.provision.errors import ListenError
from engine.provision.events import LocationServed, ProvisionEvent
from engine.provision.firmware import Firmware
from engine.provision.location import location_asked, location_response
from engine.provision.protocol import Reception, mac_of
from engine.provision.web import WRITING, Fetch, Question, Web, printable
from engine.webhook.reception import PATH as HOOK
from engine.webhook.reception import Reception as Hooked
from renderers.devices import Books, Device, Secrets

_BACKLOG = 256
"""Connections that wait in the kernel: it lets a storm of phones in at the pace they are served."""

Door = Literal["https", "clients"]
"""The ports of HTTPS: the usual one, and one of its own for phones that show certificates."""


class Listener:
    """One port, which keeps its socket when the certificate changes."""

    def __init__(self, bound: socket.socket, wanted: tuple[str, int]) -> None:
        self._socket = bound
        self.wanted = wanted
        self._server: asyncio.Server | None = None

    @classmethod
    def bind(cls, host: str, port: int) -> "Listener":
        """Take the port; 0 takes a free one. Raises ListenError."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            bound.bind((host, port))
            bound.listen(_BACKLOG)
        except OSError as error:
            bound.close()
            raise ListenError(host, port, error) from error
        bound.setblocking(False)
        return cls(bound, (host, port))

    async def serve(self, reception: Reception, context: ssl.SSLContext | None = None) -> None:
        """Accept connections from now on, with this context instead of an earlier one."""
        loop = asyncio.get_running_loop()
        old = self._server
        self._server = await loop.create_server(
            reception.enter,
            sock=self._socket.dup(),
            ssl=context,
            backlog=_BACKLOG,
            ssl_handshake_timeout=protocol.HANDSHAKE if context is not None else None,
        )
        if old is not None:
            old.close()

    def close(self) -> None:
        """Accept no more."""
        if self._server is not None:
            self._server.close()
        self._socket.close()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are really listened on."""
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)


class ProvisionServer:
    """One node's addresses. All methods belong to the event loop's thread."""

    def __init__(
        self, sink: Callable[[ProvisionEvent], None], connections: Connections | None = None
    ) -> None:
        self.access = Access(sink)
        self.web = Web(self.access)
        self.firmware = Firmware()
        self._connections = connections
        self._http: web.Server | None = None
        self._plain: Listener | None = None
        self._secure: dict[Door, Listener] = {}
        self.locate: Callable[[str], Located | None] = _nowhere
        """What the token of an emergency location leads to."""
        self.hooked: Hooked | None = None
        """What takes requests of the Git host."""

    async def start(self, host: str, port: int) -> None:
        """Listen on an IP address; port 0 takes a free one. Raises ListenError."""
        if self._connections is None:
            self._connections = Connections(asyncio.get_running_loop())
        self._http = web.Server(self._answer)
        self._plain = Listener.bind(host, port)
        await self._plain.serve(self._reception())

    async def rebind(self, host: str, port: int) -> None:
        """Move to another address. Raises ListenError, and then the old one keeps working."""
        old = self._plain
        if old is not None and old.wanted == (host, port):
            return
        self._plain = Listener.bind(host, port)
        await self._plain.serve(self._reception())
        if old is not None:
            old.close()

    async def secure(
        self, host: str, port: int, context: ssl.SSLContext, door: Door = "https"
    ) -> None:
        """Serve HTTPS on an address, with this context from now on. Raises ListenError."""
        listener = self._secure.get(door)
        if listener is None or listener.wanted != (host, port):
            self._secure[door] = Listener.bind(host, port)
            if listener is not None:
                listener.close()
        await self._secure[door].serve(self._reception(secure=True), context)

    def insecure(self, *doors: Door) -> None:
        """Serve HTTPS no more, or not at these doors."""
        for door in doors or tuple(self._secure):
            listener = self._secure.pop(door, None)
            if listener is not None:
                listener.close()

    async def stop(self) -> None:
        """Stop listening and close all connections. Does nothing when not started."""
        self.insecure()
        if self._plain is not None:
            self._plain.close()
            self._plain = None
        if self._http is not None:
            await self._http.shutdown(timeout=1.0)
            self._http = None
        if self._connections is not None:
            self._connections.abort_all()

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port that are really listened on; None when stopped."""
        return None if self._plain is None else self._plain.address

    def secure_address(self, door: Door = "https") -> tuple[str, int] | None:
        """The same for HTTPS."""
        listener = self._secure.get(door)
        return None if listener is None else listener.address

    def swap(
        self,
        devices: Mapping[str, Device],
        secrets: Secrets,
        modified: datetime,
        books: Books | None = None,
    ) -> None:
        """Serve these phones' files from the next request on. See `Listing.swap`."""
        self.access.listing.swap(devices, secrets, modified, books)
        for mac in self.web.fetches.keys() - devices.keys():
            self.web.forget(mac)
        for sighted in self.access.sightings.all():
            if sighted.mac in devices:
                self.access.sightings.forget(sighted.mac)

    def last_fetch(self, mac: str) -> Fetch | None:
        """What the phone fetched last, 404s aside."""
        return next(reversed(self.web.fetches.get(mac, {}).values()), None)

    def _reception(self, *, secure: bool = False) -> Reception:
        if self._http is None or self._connections is None:
            raise RuntimeError("the server has not been started")
        return Reception(self.web, self._http, self._connections, secure)

    async def _answer(self, request: BaseRequest) -> web.StreamResponse:
        transport = request.transport
        if self._connections is not None and transport is not None:
            self._connections.heard(transport)
        token = location_asked(request)
        if token is not None:
            return self._locate(request, token)
        if request.path == HOOK and self.hooked is not None:
            return await self._nudged(request, self.hooked)
        image = self.firmware.find(request)
        if image is not None and self._connections is not None:
            return await self.firmware.send(request, image, self._connections)
        question = _question(request)
        if request.method in WRITING:
            return _response(await self._take(request, question))
        return _response(self.web.answer(question))

    async def _nudged(self, request: BaseRequest, hooked: Hooked) -> web.Response:
        question = _question(request)
        return await hooked.answer(request, partial(self.web.count, question))

    async def _take(self, request: BaseRequest, question: Question) -> Answer:
        """A file that is sent. What is too long is not read to its end."""
        permit = self.web.permit(question)
        if permit is None:
            return self.web.refuse(question, 405)._replace(close=True)
        content = bytearray()
        async for chunk in request.content.iter_any():
            content += chunk
            if len(content) > permit.most:
                return plain(413)._replace(close=True)
        return self.web.take(question, permit, bytes(content))

    def _locate(self, request: BaseRequest, token: str) -> web.Response:
        found = self.locate(token)
        if found is None:
            return _response(self.web.refuse(_question(request), 404))
        agent = printable(request.headers.get(hdrs.USER_AGENT, ""))
        self.access.tell(LocationServed(found.site, request.remote or "", agent))
        return location_response(request, found)


def _question(request: BaseRequest) -> Question:
    transport = request.transport
    secure = transport is not None and transport.get_extra_info("ssl_object") is not None
    certified = mac_of(transport) if secure and transport is not None else ""
    peer = request.remote or ""
    return Question(request.method, request.raw_path, request.headers, peer, secure, certified)


def _response(answer: Answer) -> web.Response:
    response = web.Response(status=answer.status, body=answer.body, headers=dict(answer.headers))
    if answer.close:
        response.force_close()
    return response


def _nowhere(_token: str) -> Located | None:
    """No location is known."""
    return None
