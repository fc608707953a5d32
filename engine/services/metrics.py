"""Metrics for Prometheus as a service: GET /metrics on a port of its own, where the tree asks."""

import os
from collections.abc import Callable

from aiohttp import web

from engine.desired import Desired
from engine.metrics import CONTENT_TYPE
from engine.services import ApplyError
from schema.models import System


class MetricsService:
    """Listens where `nodes.NAME.metrics` says; without it, nowhere."""

    def __init__(self, node: Callable[[System], str], text: Callable[[], bytes]) -> None:
        """`node` says which node of a system this is; `text` gives all metrics."""
        self._node = node
        self._text = text
        self._runner: web.AppRunner | None = None
        self.address: tuple[str, int] | None = None
        """Host and port that are listened on."""

    async def apply(self, desired: Desired) -> None:
        """Move to where the node now says. The old listener is closed once the new one is open."""
        name = self._node(desired.system)
        wanted = desired.system.nodes[name].metrics
        address = (wanted.address, wanted.port) if wanted is not None else None
        if address == self.address:
            return
        opened = await self._open(name, *address) if address is not None else None
        await self.stop()
        self._runner, self.address = opened, address

    async def _open(self, name: str, host: str, port: int) -> web.AppRunner:
        application = web.Application(client_max_size=1024)
        application.router.add_get("/metrics", self._answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise ApplyError(
                f"cannot listen on tcp {host}:{port}: {reason}; see nodes.{name}.metrics"
            ) from error
        return runner

    async def stop(self) -> None:
        """Close the listener."""
        runner, self._runner, self.address = self._runner, None, None
        if runner is not None:
            await runner.cleanup()

    async def _answer(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._text(), headers={"Content-Type": CONTENT_TYPE})
