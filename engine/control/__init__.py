"""The control API of a running node: JSON over HTTP on a Unix socket that only its user can open.

This is what the command line calls: standard library alone, so that `pbx status` starts fast.
The node's half is in server.py.
"""

import http.client
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LONGEST_SOCKET_PATH = 100
"""A Unix socket address holds 108 bytes (unix(7)); longer paths go through a directory handle."""


class ControlError(Exception):
    """The node refused, in words for the user."""


class NodeUnreachableError(ControlError):
    """No node answers on the socket."""


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
        with reachable(socket_path) as address:
            connection.sock.connect(address)
        yield connection
    finally:
        connection.close()


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """`path` as a socket address, through a handle of its directory when it is too long."""
    if len(bytes(path)) <= LONGEST_SOCKET_PATH:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
