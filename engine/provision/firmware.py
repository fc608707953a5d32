"""Firmware from a folder on the disk: too large for memory, the same for all, and no secret.

Phones load it in pieces and slowly, so such a connection may last longer than others; there are
few of them at a time. Names are single: nothing leads out of the folder, nor to hidden files.
"""

import asyncio
import re
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from engine.provision.connections import Connections

PREFIX: Final = "/firmware/"
MOST: Final = 64
"""Files on their way at a time; who comes then is asked to come again."""
PATIENCE: Final = 1800.0
"""Seconds that a file may take."""
_TARGET: Final = re.compile(r"/firmware/(?P<name>[A-Za-z0-9_-][A-Za-z0-9._ -]{0,127})(?:\?.*)?")


class Firmware:
    """The folder of one node, if it has one."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._sending = 0

    def find(self, request: BaseRequest) -> Path | None:
        """The file that a request asks for; None: it asks for something else, or there is none."""
        target = _TARGET.fullmatch(request.raw_path)
        if self.folder is None or target is None or request.method not in ("GET", "HEAD"):
            return None
        path = self.folder / target["name"]
        return path if path.is_file() else None

    async def send(
        self, request: BaseRequest, path: Path, connections: Connections
    ) -> web.StreamResponse:
        """Send it, or the part that is wanted (aiohttp knows Range and conditions)."""
        if self._sending >= MOST:
            return web.Response(status=503, headers={hdrs.RETRY_AFTER: "30"}, text="busy\n")
        transport = request.transport
        response = web.FileResponse(path, headers={hdrs.SERVER: "Dialtree"})
        self._sending += 1
        if transport is not None:
            connections.closed(transport)  # it is silent for as long as it loads
        try:
            async with asyncio.timeout(PATIENCE):
                await response.prepare(request)
                await response.write_eof()
        except TimeoutError:
            response.force_close()
        finally:
            self._sending -= 1
            if transport is not None and not transport.is_closing():
                connections.opened(transport)
        return response
