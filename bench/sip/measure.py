"""What a load costs a server: CPU time of all its processes, between two moments."""

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.sip.contenders import CALLEE, CALLER, Contender, Passwords, Ports, Setup
from bench.sip.load import Load, Outcome, play, register, sipp, users_file
from bench.sip.processes import (
    SERVER,
    cpu_times,
    finish,
    free_ports,
    pinned,
    running,
    wait_for_port,
)


class Kind(NamedTuple):
    """One kind of load."""

    title: str
    scenario: str
    """What the callers play."""
    unit: str
    transport: str = "udp"
    digest: bool = False
    callee: bool = True
    """Whether there is a callee, who registers first."""
    presence: bool = False
    users: int = 0
    """The caller is each of so many users in turn; without any, one caller."""
    per_call: int = 1
    """Units in one run of the scenario."""
    warm_up: int = 500
    counted: int = 4000
    """Runs of the scenario before and within the measurement."""


class Cost(NamedTuple):
    """Of all counted units, in seconds."""

    user: float
    system: float
    elapsed: float
    units: int
    retransmitted: int

    @property
    def total(self) -> float:
        """Seconds of CPU for one unit."""
        return (self.user + self.system) / self.units


class Served(NamedTuple):
    """A server that runs, with its callee if there is one."""

    setup: Setup
    pid: int
    passwords: Passwords
    callers: Path | None
    """Users and passwords for sipp, where the callers log in."""


@contextmanager
def served(contender: Contender, kind: Kind) -> Iterator[Served]:
    """Start a server and what the load needs. Raises NotMeasuredError."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        setup = Setup(
            Ports(*free_ports(3)),
            Path(name),
            kind.transport,
            kind.digest,
            kind.users,
            kind.presence,
        )
        if kind.transport == "tls":
            make_certificate(setup.folder)
        command = [*pinned(SERVER), *contender.command(setup)]
        pid = stack.enter_context(running(command, setup.folder))
        sort = socket.SOCK_DGRAM if kind.transport == "udp" else socket.SOCK_STREAM
        wait_for_port(setup.ports.server, sort)
        passwords = contender.passwords(setup)
        if kind.callee:
            register(setup, passwords(CALLEE))
            stack.enter_context(
                running(sipp("callee.xml", setup.ports.callee, setup), setup.folder)
            )
            wait_for_port(setup.ports.callee, sort)
        yield Served(setup, pid, passwords, _callers(kind, setup, passwords))


def make_certificate(folder: Path) -> None:
    """For 127.0.0.1, by itself: `certificate.pem` and `key.pem`."""
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subject = ["-subj", "/CN=bench.test", "-addext", "subjectAltName=IP:127.0.0.1"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    finish(["openssl", "req", "-x509", *key, *subject, *files], 10)


def _callers(kind: Kind, setup: Setup, passwords: Passwords) -> Path | None:
    if not kind.digest:
        return None
    names = [str(1000 + number) for number in range(kind.users)] or [CALLER]
    return users_file(setup.folder, [(user, passwords(user)) for user in names])


def cost_of(contender: Contender, kind: Kind) -> Cost:
    """CPU time of one kind of load at one server, which runs only meanwhile."""
    with served(contender, kind) as server:
        play(kind.scenario, server.setup, Load(kind.warm_up), server.callers)
        return timed(
            server.pid,
            lambda: (
                play(kind.scenario, server.setup, Load(kind.counted), server.callers).retransmitted
            ),
            kind.counted * kind.per_call,
        )


def cpu_share(pid: int, work: Callable[[], Outcome]) -> tuple[Outcome, float]:
    """What came of some work, and the share of one CPU that a server was busy meanwhile."""
    before, start = sum(cpu_times(pid)), time.monotonic()
    outcome = work()
    return outcome, (sum(cpu_times(pid)) - before) / (time.monotonic() - start)


def timed(pid: int, work: Callable[[], int], units: int) -> Cost:
    before, start = cpu_times(pid), time.monotonic()
    retransmitted = work()
    after, end = cpu_times(pid), time.monotonic()
    return Cost(after[0] - before[0], after[1] - before[1], end - start, units, retransmitted)
