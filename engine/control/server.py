"""The node's half of the control API: an HTTP server on a Unix socket."""

import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from engine.control import ControlError, reachable

Handler = Callable[[Mapping[str, Any]], Awaitable[Any]]
"""Takes the request's JSON object, returns what JSON can hold. Raises ControlError to refuse."""


class ControlServer:
    """Serves `handlers` (by path, such as "/status") until stopped."""

    def __init__(self, socket_path: Path, handlers: Mapping[str, Handler]) -> None:
        self._path = socket_path
        application = web.Application(client_max_size=64 * 1024)
        for path, handler in handlers.items():
            application.router.add_post(path, _answer(handler))
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)

    async def start(self) -> None:
        """Listen; a socket that a dead node left is replaced (the state lock says it is dead)."""
        self._path.unlink(missing_ok=True)
        await self._runner.setup()
        previous = os.umask(0o177)
        try:
            with reachable(self._path) as address:
                await web.UnixSite(self._runner, address).start()
        finally:
            os.umask(previous)

    async def stop(self) -> None:
        """Finish what is being answered, then close and remove the socket."""
        await self._runner.cleanup()
        self._path.unlink(missing_ok=True)


def _answer(handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            question = await request.json() if request.can_read_body else {}
            if not isinstance(question, dict):
                raise ControlError("the body must be a JSON object")
            return web.json_response(await handler(question))
        except ControlError as error:
            return web.json_response({"error": str(error)}, status=409)
        except json.JSONDecodeError:
            return web.json_response({"error": "the body is not JSON"}, status=400)
        except Exception as error:
            text = f"internal error, please report it: {type(error).__name__}: {error}"
            return web.json_response({"error": text}, status=500)

    return answer
