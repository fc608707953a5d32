"""The control API of a running node: JSON over HTTP on a Unix socket that only its user can open.

The server half is mounted by the node. The client half is what the CLI calls; it uses the
standard library alone so that `pbx status` starts fast.
"""

import http.client
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

Handler = Callable[[Mapping[str, Any]], Awaitable[Any]]
"""Takes the request's JSON object, returns what JSON can hold. Raises ControlError to refuse."""

LONGEST_SOCKET_PATH = 100
"""A Unix socket address holds 108 bytes (unix(7)); longer paths go through a directory handle."""


class ControlError(Exception):
    """The node refused, in words for the user."""


class NodeUnreachableError(ControlError):
    """No node answers on the socket."""


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
            with _bindable(self._path) as address:
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


def call(socket_path: Path, path: str, timeout: float = 60.0, **question: Any) -> Any:
    """Ask the node; returns its answer.

    Raises NodeUnreachableError when no node listens or it does not answer within `timeout`
    seconds, ControlError when it refuses.
    """
    try:
        with _connected(socket_path, timeout) as connection:
            body = json.dumps(question).encode()
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NodeUnreachableError(f"no node answers at {socket_path} ({error})") from error
    if response.status != http.client.OK:
        raise ControlError(answer.get("error", f"the node answered {response.status}"))
    return answer


@contextmanager
def _connected(socket_path: Path, timeout: float) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.sock.settimeout(timeout)
        with _bindable(socket_path) as address:
            connection.sock.connect(address)
        yield connection
    finally:
        connection.close()


@contextmanager
def _bindable(path: Path) -> Iterator[str]:
    """`path` as a socket address, through a handle of its directory when it is too long."""
    if len(bytes(path)) <= LONGEST_SOCKET_PATH:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
