"""Ports for tests that run at the same time, in this run and in others on the machine."""

import fcntl
import functools
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import BinaryIO

PORTS = range(20_000, 32_000)
"""Below those that the kernel gives to clients meanwhile."""

MEDIA = 100
"""Ports that a media relay may have."""
MEDIA_PORTS = range(61_000, 65_500, MEDIA)
"""The first ones: above those that the kernel gives to clients."""

_mine: set[int] = set()


def free_port() -> int:
    """Free for UDP and TCP, and given to nobody else while this process lives."""
    while True:
        port = random.choice(PORTS)
        if port not in _mine and _reserved(port) and _unused(port):
            _mine.add(port)
            return port


def free_media_ports() -> int:
    """The first of so many as MEDIA says."""
    while True:
        first = random.choice(MEDIA_PORTS)
        if first not in _mine and _reserved(first):
            _mine.add(first)
            return first


def _reserved(port: int) -> bool:
    """Between asking for a port and binding it, the lock on its byte keeps others away."""
    try:
        fcntl.lockf(_reservations(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@functools.cache
def _reservations() -> BinaryIO:
    """A file with a byte for each port. Its locks end with the process (fcntl(2))."""
    return (Path(tempfile.gettempdir()) / f"dialtree-test-ports-{os.getuid()}").open("ab")


def _unused(port: int) -> bool:
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        try:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
