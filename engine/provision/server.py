"""The HTTP server that phones fetch their files from, and carriers where help is needed.

Answers GET and HEAD of `/d/<token>/` and of names below it, from memory, and refuses all else
in the same words whatever was wrong: a phone that is not known, a token, a name or a path. Serves
what `swap` gave it last; knows nothing of Git, plans or SIP. Emergency locations: location.py.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from engine.emergency.location import Located
from engine.provision.connections import Connections
from engine.provision.events import (
    LocationServed,
    ProfileFailed,
    ProfileRefused,
    ProfileServed,
    ProvisionEvent,
)
from engine.provision.limits import FailureLimit
from engine.provision.listing import Body, Listing, Published
from engine.provision.location import location_asked, location_response
from engine.provision.protocol import PhoneProtocol
from renderers.devices import Device, DeviceFile, RenderError, Secrets

_TARGET = re.compile(
    r"(?:http://[^/?#]*)?/d/(?P<token>[A-Za-z0-9_-]{1,64})/(?P<name>[A-Za-z0-9._-]{0,96})(?:\?.*)?"
)
_TOKEN = re.compile(r"(?<=/d/)[^/?#]+|(?<=/location/)[^/?#]+")
_SHOWN = 128
_BACKLOG = 256
"""Connections that wait in the kernel: it lets a storm of phones in at the pace they are served."""


class ListenError(Exception):
    """The address cannot be listened on. `errno` is that of the operating system."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        self.host = host
        self.port = port
        self.errno = error.errno
        self.reason = error.strerror or str(error)
        super().__init__(f"cannot listen on TCP {host}:{port}: {self.reason}")


@dataclass(frozen=True, slots=True)
class Fetch:
    """What a phone was last given. `at` in epoch seconds; `etag` of the file's bytes."""

    name: str
    status: int
    etag: str
    at: float
    peer: str
    user_agent: str


class ProvisionServer:
    """One listening address. All methods belong to the event loop's thread."""

    def __init__(
        self, sink: Callable[[ProvisionEvent], None], connections: Connections | None = None
    ) -> None:
        self._sink = sink
        self._listing = Listing()
        self._failures = FailureLimit()
        self._fetches: dict[str, Fetch] = {}
        self._connections = connections
        self._http: web.Server | None = None
        self._listener: asyncio.Server | None = None
        self._wanted: tuple[str, int] | None = None
        self.locate: Callable[[str], Located | None] = _nowhere
        """What the token of an emergency location leads to."""

    async def start(self, host: str, port: int) -> None:
        """Listen on an IP address; port 0 takes a free one. Raises ListenError."""
        loop = asyncio.get_running_loop()
        if self._connections is None:
            self._connections = Connections(loop)
        self._http = web.Server(self._answer)
        self._listener = await self._listen(host, port)
        self._wanted = (host, port)

    async def rebind(self, host: str, port: int) -> None:
        """Move to another address. Raises ListenError, and then the old one keeps working."""
        if self._wanted == (host, port):
            return
        listener, old = await self._listen(host, port), self._listener
        self._listener, self._wanted = listener, (host, port)
        if old is not None:
            old.close()

    async def stop(self) -> None:
        """Stop listening and close all connections. Does nothing when not started."""
        if self._listener is not None:
            self._listener.close()
            self._listener = self._wanted = None
        if self._http is not None:
            await self._http.shutdown(timeout=1.0)
            self._http = None
        if self._connections is not None:
            self._connections.abort_all()

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port that are really listened on; None when stopped."""
        if self._listener is None or not self._listener.sockets:
            return None
        host, port = self._listener.sockets[0].getsockname()[:2]
        return str(host), int(port)

    def swap(self, devices: Mapping[str, Device], secrets: Secrets, modified: datetime) -> None:
        """Serve these phones' files from the next request on. See `Listing.swap`."""
        self._listing.swap(devices, secrets, modified)
        for mac in self._fetches.keys() - devices.keys():
            del self._fetches[mac]

    def last_fetch(self, mac: str) -> Fetch | None:
        """What the phone fetched last since this node started, 404s aside."""
        return self._fetches.get(mac)

    async def _listen(self, host: str, port: int) -> asyncio.Server:
        http, connections = self._http, self._connections
        if http is None or connections is None:
            raise RuntimeError("the server has not been started")
        loop = asyncio.get_running_loop()
        try:
            return await loop.create_server(
                lambda: PhoneProtocol(http, connections, self._unreadable),
                host,
                port,
                backlog=_BACKLOG,
            )
        except OSError as error:
            raise ListenError(host, port, error) from error

    async def _answer(self, request: BaseRequest) -> web.Response:
        if self._connections is not None and request.transport is not None:
            self._connections.heard(request.transport)
        token = location_asked(request)
        if token is not None:
            return self._locate(request, token)
        if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
            return self._refuse(request, 405)
        target = _TARGET.fullmatch(request.raw_path)
        published = self._listing.find(target["token"]) if target is not None else None
        if target is None or published is None:
            return self._refuse(request, 404)
        name = target["name"]
        file = published.files.get(name) if name else published.primary
        if file is None:
            self._sink(ProfileServed(published.mac, name, 404, 0, *_who(request)))
            return _plain(404)
        return self._serve(request, published, name, file)

    def _locate(self, request: BaseRequest, token: str) -> web.Response:
        found = self.locate(token)
        if found is None:
            return self._refuse(request, 404)
        self._sink(LocationServed(found.site, *_who(request)))
        return location_response(request, found)

    def _serve(
        self, request: BaseRequest, published: Published, name: str, file: DeviceFile
    ) -> web.Response:
        try:
            body = self._listing.body(file)
        except RenderError as error:
            self._sink(ProfileFailed(published.mac, file.name, str(error), *_who(request)))
            return _plain(500)
        response = _response(request, file, body, published.modified)
        size = len(body.content) if response.status == 200 and request.method == "GET" else 0
        self._fetches[published.mac] = Fetch(
            file.name, response.status, body.etag, time.time(), _peer(request), _agent(request)
        )
        self._sink(ProfileServed(published.mac, name, response.status, size, *_who(request)))
        return response

    def _unreadable(self, request: BaseRequest) -> None:
        if self._failures.allow(_peer(request), time.monotonic()):
            self._sink(ProfileRefused(400, "(no HTTP request)", _peer(request), ""))

    def _refuse(self, request: BaseRequest, status: int) -> web.Response:
        """A failure. Whoever has too many gets 429, on a connection that is closed, unreported."""
        if not self._failures.allow(_peer(request), time.monotonic()):
            response = _plain(429)
            response.force_close()
            return response
        path = _TOKEN.sub("…", _printable(request.raw_path))
        self._sink(ProfileRefused(status, path, *_who(request)))
        return _plain(status)


def _response(
    request: BaseRequest, file: DeviceFile, body: Body, modified: datetime
) -> web.Response:
    """200 or 304 (RFC 9110 section 13.2.2: If-None-Match rules out If-Modified-Since)."""
    headers = {
        hdrs.ETAG: body.etag,
        hdrs.CACHE_CONTROL: "private, no-cache",
        hdrs.SERVER: "Dialtree",
    }
    if _unchanged(request, body.etag, modified):
        response = web.Response(status=304, headers=headers)
    else:
        headers[hdrs.CONTENT_TYPE] = file.content_type
        response = web.Response(body=body.content, headers=headers)
    response.last_modified = modified
    return response


def _unchanged(request: BaseRequest, etag: str, modified: datetime) -> bool:
    if hdrs.IF_NONE_MATCH in request.headers:
        tags = request.if_none_match or ()
        return any(tag.value in ("*", etag.strip('"')) for tag in tags)
    since = request.if_modified_since
    return since is not None and modified.replace(microsecond=0) <= since


def _nowhere(_token: str) -> Located | None:
    """No location is known."""
    return None


def _plain(status: int) -> web.Response:
    words = {
        404: "not found",
        405: "only GET and HEAD are possible here",
        429: "too many requests for files that do not exist",
        500: "this file cannot be made at the moment",
    }
    headers = {hdrs.SERVER: "Dialtree"}
    if status == 405:
        headers[hdrs.ALLOW] = "GET, HEAD"
    return web.Response(status=status, text=words[status] + "\n", headers=headers)


def _who(request: BaseRequest) -> tuple[str, str]:
    return _peer(request), _agent(request)


def _peer(request: BaseRequest) -> str:
    return request.remote or ""


def _agent(request: BaseRequest) -> str:
    return _printable(request.headers.get(hdrs.USER_AGENT, ""))


def _printable(text: str) -> str:
    """Short, and without what could move a terminal's cursor."""
    return "".join(one if one.isprintable() else "?" for one in text[:_SHOWN])
