"""Calls through the proxy beside Kamailio: CPU time per call, same sipp scenario, same run.

Both servers get one registration and then calls to it, as a trunk would bring them: INVITE, 180,
200, ACK, BYE, 200 with Record-Route and a look-up of the callee's location, UDP on 127.0.0.1. Each
is pinned to the first CPU and sipp to the last, one server at a time. The figure is the user and
system time of all processes of the server between the first and the last counted call. Ours is a
whole node with its log and its store, as `pbx run` starts it.
"""

import csv
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import NamedTuple

import psutil

from bench import NotMeasuredError

SCENARIOS = Path(__file__).parent / "scenarios"
CALLEE = "201"
PBX = [sys.executable, "-m", "cli"]
IN_FLIGHT = 20
"""A call begins when one ends, so that each server sets its own pace and neither drops any. At a
fixed low rate both would mostly be measured waking up, which flatters the slower one."""
WARM_UP, COUNTED = 500, 4000
"""Calls before and within the measurement."""
CPUS = sorted(os.sched_getaffinity(0))
SERVER, CLIENTS = CPUS[0], CPUS[-1]
AIM = 3.0
"""At most so many times Kamailio's CPU time per call."""


class Ports(NamedTuple):
    server: int
    caller: int
    callee: int


class Contender(NamedTuple):
    """A server to measure. It may keep its files in the folder, which is gone afterwards."""

    command: Callable[[Ports, Path], list[str]]
    password: Callable[[Path], str]
    """The callee's, once the server runs."""


class Cost(NamedTuple):
    """Of all counted calls, in seconds."""

    user: float
    system: float
    elapsed: float
    retransmitted: int
    """Requests that sipp sent again: where there are many, a server did not keep up."""

    @property
    def total(self) -> float:
        return self.user + self.system


def main() -> None:
    """Measure both and print the ratio. Raises NotMeasuredError."""
    _require({"sipp": "sip-tester", "kamailio": "kamailio", "taskset": "util-linux"})
    kamailio = _measure(Contender(_kamailio, lambda folder: "not asked for"))
    dialtree = _measure(Contender(_dialtree, _derived_password))
    print(f"{COUNTED} calls, {IN_FLIGHT} at a time, over UDP; milliseconds of CPU a call:")
    print(f"{'':10}{'user':>8}{'system':>8}{'total':>8}{'calls/s':>9}{'retransmitted':>15}")
    for name, cost in (("kamailio", kamailio), ("dialtree", dialtree)):
        print(f"{name:10}{_row(cost)}")
    print(f"ratio dialtree/kamailio: {dialtree.total / kamailio.total:.2f} (aim: at most {AIM:g})")


def _row(cost: Cost) -> str:
    times = (cost.user, cost.system, cost.total)
    calls = "".join(f"{1000 * seconds / COUNTED:8.3f}" for seconds in times)
    return f"{calls}{COUNTED / cost.elapsed:9.0f}{cost.retransmitted:15}"


def _require(packages: dict[str, str]) -> None:
    missing = [package for program, package in packages.items() if not shutil.which(program)]
    if missing:
        raise NotMeasuredError(
            f"needs Debian's {' '.join(missing)}: apt install {' '.join(missing)}"
        )


def _measure(server: Contender) -> Cost:
    """CPU time per call of one server, which runs only meanwhile."""
    ports = Ports(*_free_ports(3))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with _running([*_pinned(SERVER), *server.command(ports, folder)], folder) as pid:
            _wait_for_port(ports.server)
            _register(ports, server.password(folder))
            return _cost_of_calls(ports, pid, folder)


def _cost_of_calls(ports: Ports, pid: int, folder: Path) -> Cost:
    with _running(_sipp("callee.xml", ports.callee, ports.server), folder):
        _wait_for_port(ports.callee)
        _call(ports, WARM_UP, folder)
        before, start = _cpu_times(pid), time.monotonic()
        retransmitted = _call(ports, COUNTED, folder)
        after, end = _cpu_times(pid), time.monotonic()
    return Cost(after[0] - before[0], after[1] - before[1], end - start, retransmitted)


def _kamailio(ports: Ports, folder: Path) -> list[str]:
    """Kamailio with its fast allocator, and memory enough for the transactions of all calls."""
    text = Template((SCENARIOS / "kamailio.cfg").read_text()).substitute(PORT=ports.server)
    configuration = folder / "kamailio.cfg"
    configuration.write_text(text)
    files = ["-f", str(configuration), "-Y", str(folder), "-P", str(folder / "pid")]
    memory = ["-m", "512", "-M", "16", "-X", "fm", "-x", "fm"]
    return ["kamailio", *files, *memory, "-DD", "-E"]


def _dialtree(ports: Ports, folder: Path) -> list[str]:
    """A whole node on a tree of its own, in which the caller is a gateway."""
    text = Template((SCENARIOS / "pbx.yaml").read_text()).substitute(
        SERVER=ports.server, CALLER=ports.caller, CALLEE=CALLEE, HTTP=_free_ports(1)[0]
    )
    tree = folder / "tree"
    tree.mkdir()
    (tree / "pbx.yaml").write_text(text)
    author = ["-c", "user.name=bench", "-c", "user.email=bench@example.test"]
    for arguments in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "Bench"]):
        subprocess.run(["git", "-C", str(tree), *arguments], check=True)
    return [*PBX, "run", str(tree), "--state", str(folder / "state")]


def _derived_password(folder: Path) -> str:
    show = [*PBX, "secrets", "show", CALLEE, str(folder / "tree"), "--state", str(folder / "state")]
    return subprocess.run(show, check=True, capture_output=True, text=True).stdout.split()[-1]


def _register(ports: Ports, password: str) -> None:
    login = ["-au", CALLEE, "-ap", password, "-m", "1"]
    _finish([*_sipp("register.xml", ports.callee, ports.server), *login], 10)


def _call(ports: Ports, calls: int, folder: Path) -> int:
    """Place calls, and wait for the end of the last one. The number of retransmissions."""
    statistics = folder / f"{calls}-calls.csv"
    options = ["-r", "20000", "-l", str(IN_FLIGHT), "-m", str(calls)]
    options += ["-trace_stat", "-stf", str(statistics)]
    _finish([*_sipp("caller.xml", ports.caller, ports.server), *options], 40)
    with statistics.open(newline="") as rows:
        last = list(csv.DictReader(rows, delimiter=";"))[-1]
    return int(last["Retransmissions(C)"])


def _sipp(scenario: str, port: int, server: int) -> list[str]:
    local = ["-i", "127.0.0.1", "-p", str(port), "-nostdin", "-s", CALLEE]
    file = ["-sf", str(SCENARIOS / scenario)]
    return [*_pinned(CLIENTS), "sipp", *file, *local, f"127.0.0.1:{server}"]


def _pinned(cpu: int) -> list[str]:
    return ["taskset", "-c", str(cpu)]


def _finish(command: Sequence[str], limit: float) -> None:
    """Run a command to its end. NotMeasuredError when it fails or exceeds `limit` seconds."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise NotMeasuredError(f"{_name(command)} was not done after {limit:g} s") from None
    if done.returncode:
        raise NotMeasuredError(
            f"{_name(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-500:]}"
        )


def _name(command: Sequence[str]) -> str:
    """The scenario, or else the program behind `_pinned`."""
    scenarios = (word for word in command if word.endswith(".xml"))
    return Path(next(scenarios, command[len(_pinned(0))])).name


@contextmanager
def _running(command: Sequence[str], folder: Path) -> Iterator[int]:
    """The process id of a command that is stopped at the end. Its output explains failures."""
    output = folder / f"{_name(command)}.log"
    with output.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            yield process.pid
        except NotMeasuredError as error:
            said = output.read_text(errors="replace")[-2000:]
            raise NotMeasuredError(f"{error}\n{_name(command)} said:\n{said}") from None
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _cpu_times(pid: int) -> tuple[float, float]:
    """Seconds of user and system time, of a process and all its children."""
    main = psutil.Process(pid)
    times = [process.cpu_times() for process in (main, *main.children(recursive=True))]
    return sum(t.user for t in times), sum(t.system for t in times)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _wait_for_port(port: int, limit: float = 10.0) -> None:
    """Until somebody has bound the UDP port. Raises NotMeasuredError after `limit` seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return
        time.sleep(0.05)
    raise NotMeasuredError(f"nobody listens on UDP port {port} after {limit:g} s")
