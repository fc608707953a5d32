"""Times on the wire: how long a server keeps each message, seen by the kernel and not by sipp.

sipp tells milliseconds, and its own waiting is in them. Here dumpcap notes microseconds of every
datagram on the loopback interface, and the same message is found on its way in and on its way out.
"""

import re
import signal
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import NotMeasuredError
from bench.sip.processes import CLIENTS, pinned

_GLOBAL_HEADER, _RECORD, _ETHERNET, _IP, _UDP = 24, 16, 14, 20, 8
_KEY = re.compile(rb"^Call-ID:[ \t]*(\S+).*?^CSeq:[ \t]*(\d+ \w+)", re.M | re.S | re.I)


class Datagram(NamedTuple):
    """One message on the wire. `at` is in seconds."""

    at: float
    source: int
    destination: int
    data: bytes


@contextmanager
def captured(port: int, file: Path) -> Iterator[None]:
    """Write what that UDP port sends and gets into a file. Raises NotMeasuredError."""
    command = [*pinned(CLIENTS), "dumpcap", "-q", "-P", "-i", "lo", "-B", "64", "-w", str(file)]
    process = subprocess.Popen([*command, "-f", f"udp port {port}"], stderr=subprocess.PIPE)
    try:
        _wait_for_header(file, process)
        yield
        time.sleep(0.5)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)


def _wait_for_header(file: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if file.exists() and file.stat().st_size >= _GLOBAL_HEADER:
            return
        if process.poll() is not None:
            said = process.stderr.read().decode(errors="replace") if process.stderr else ""
            raise NotMeasuredError(f"dumpcap cannot listen to the loopback interface: {said}")
        time.sleep(0.05)
    raise NotMeasuredError("dumpcap did not start within 10 s")


def datagrams(file: Path) -> Iterator[Datagram]:
    """What was captured, in order: IPv4 over Ethernet frames, as loopback has them."""
    raw = file.read_bytes()
    position = _GLOBAL_HEADER
    while position + _RECORD <= len(raw):
        seconds, micros, size, _ = struct.unpack_from("<IIII", raw, position)
        frame = raw[position + _RECORD : position + _RECORD + size]
        position += _RECORD + size
        source, destination = struct.unpack_from("!HH", frame, _ETHERNET + _IP)
        yield Datagram(seconds + micros / 1e6, source, destination, frame[_ETHERNET + _IP + _UDP :])


def kept(file: Path, port: int) -> list[float]:
    """Seconds that the server on that port kept each message that it passed on, sorted."""
    came: dict[tuple[bytes, ...], float] = {}
    times = []
    for datagram in datagrams(file):
        key = _identity(datagram.data)
        if key is None:
            continue
        if datagram.destination == port:
            came.setdefault(key, datagram.at)
        elif key in came:
            times.append(datagram.at - came.pop(key))
    return sorted(times)


def _identity(data: bytes) -> tuple[bytes, ...] | None:
    """What stays the same in a message that is forwarded."""
    match = _KEY.search(data)
    kind = data[:11] if data.startswith(b"SIP/2.0") else data.partition(b" ")[0]
    return None if match is None else (kind, match[1], match[2])
