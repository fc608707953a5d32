"""Programs of a benchmark: started on a CPU of their own, timed, and stopped again."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench import NotMeasuredError

CPUS = sorted(os.sched_getaffinity(0))
SERVER, CLIENTS = CPUS[0], CPUS[-1]
"""The server has a CPU for itself, so that it is not measured waiting for its clients."""


def require(packages: dict[str, str]) -> None:
    """Programs and the Debian packages that hold them. Raises NotMeasuredError."""
    missing = [package for program, package in packages.items() if not shutil.which(program)]
    if missing:
        names = " ".join(missing)
        raise NotMeasuredError(f"needs Debian's {names}: apt install {names}")


def pinned(cpu: int) -> list[str]:
    """What stands before a command that is to run on that CPU."""
    return ["taskset", "-c", str(cpu)]


def finish(command: Sequence[str], limit: float, accepted: Sequence[int] = (0,)) -> str:
    """Run a command to its end; its output. NotMeasuredError when it fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise NotMeasuredError(f"{name_of(command)} was not done after {limit:g} s") from None
    if done.returncode not in accepted:
        raise NotMeasuredError(
            f"{name_of(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-500:]}"
        )
    return done.stdout


def name_of(command: Sequence[str]) -> str:
    """The scenario, or else the program behind `pinned`."""
    scenarios = (word for word in command if word.endswith(".xml"))
    program = command[len(pinned(0))] if command[0] == "taskset" else command[0]
    return Path(next(scenarios, program)).name


@contextmanager
def running(command: Sequence[str], folder: Path) -> Iterator[int]:
    """The process id of a command that is stopped at the end. Its output explains failures."""
    output = folder / f"{name_of(command)}.log"
    with output.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield process.pid
        except NotMeasuredError as error:
            said = output.read_text(errors="replace")[-2000:]
            raise NotMeasuredError(f"{error}\n{name_of(command)} said:\n{said}") from None
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cpu_times(pid: int) -> tuple[float, float]:
    """Seconds of user and system time, of a process and all its children."""
    main = psutil.Process(pid)
    times = [process.cpu_times() for process in (main, *main.children(recursive=True))]
    return sum(t.user for t in times), sum(t.system for t in times)


def free_ports(count: int) -> list[int]:
    """Ports that neither UDP nor TCP uses, all different."""
    found: list[tuple[socket.socket, socket.socket]] = []
    while len(found) < count:
        datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagram.bind(("127.0.0.1", 0))
        stream = socket.socket()
        try:
            stream.bind(datagram.getsockname())
        except OSError:
            datagram.close()
            stream.close()
        else:
            found.append((datagram, stream))
    ports = [int(datagram.getsockname()[1]) for datagram, _ in found]
    for pair in found:
        for each in pair:
            each.close()
    return ports


def wait_for_port(port: int, kind: socket.SocketKind, limit: float = 20.0) -> None:
    """Until somebody serves the port. Raises NotMeasuredError after `limit` seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        with socket.socket(socket.AF_INET, kind) as probe:
            if _serves(probe, port):
                return
        time.sleep(0.05)
    raise NotMeasuredError(f"nobody listens on port {port} after {limit:g} s")


def _serves(probe: socket.socket, port: int) -> bool:
    if probe.type == socket.SOCK_STREAM:
        return probe.connect_ex(("127.0.0.1", port)) == 0
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return True
    return False
