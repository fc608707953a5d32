"""aiohttp's HTTP protocol as phones meet it: counted, and terse about what it cannot read."""

import asyncio
from collections.abc import Callable

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from engine.provision.connections import Connections


class PhoneProtocol(web.RequestHandler):
    """One connection."""

    __slots__ = ("_connections", "_unreadable")

    def __init__(
        self,
        server: web.Server,
        connections: Connections,
        unreadable: Callable[[BaseRequest], None],
    ) -> None:
        """`unreadable` is told of requests that are no HTTP, or too long in some part."""
        self._connections = connections
        self._unreadable = unreadable
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
        self._connections.opened(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self.transport is not None:
            self._connections.closed(self.transport)
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
            self._unreadable(request)
        else:
            self.log_exception("a request could not be answered", exc_info=exc)
        words = "bad request\n" if status < 500 else "cannot answer at the moment\n"
        response = web.Response(status=status, text=words, headers={hdrs.SERVER: "Dialtree"})
        response.force_close()
        return response
