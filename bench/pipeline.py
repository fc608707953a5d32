"""From a commit to what runs, on a tree of 10,000 users and 10,000 phones in 200 files.

The floor is the bare C parse of the same files in the same run: what any reader of YAML pays.
Each figure comes from a fresh process; the node is a real `pbx run` on loopback.
"""

import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import NotMeasuredError
from bench.trees import MIXED, generate
from engine.client import NodeClient
from engine.state import StateDirectory

USERS = PHONES = 10_000
FILES = 200
COMMITS = 15
PBX = Path(sys.executable).with_name("pbx")

PARSE = """
from _ruamel_yaml import CParser
for path in sorted(tree.rglob("*.yaml")):
    parser = CParser(path.read_bytes())
    while parser.check_event():
        parser.get_event()
"""
VALIDATE = """
found = validate_tree(DirectorySource(tree), families)
assert found.ok
"""
COMPILE = VALIDATE + "made = Compiler(families).compile(found.system, found.origins)\n"
RENDER = (
    COMPILE
    + """
start = time.perf_counter()
files = [resource.payload["file"] for resource in made.resources["profile"].values()]
count = sum(1 for file in files if render(file, Placeholders()))
assert count >= 10_000, count
"""
)
DIFF = """
from engine.workbench import Workbench
desk = Workbench.at(tree, tree)
plan = desk.plan(desk.repository.tree("HEAD"), desk.repository.tree("HEAD~1"))
assert len(plan.changes) == 3, plan.changes
"""
MEASURE = """
import gc, resource, sys, time
from pathlib import Path
from engine.checking import validate_tree
from engine.desired import Compiler
from renderers.devices import Placeholders, load_families, render
from schema.tree import DirectorySource
tree = Path(sys.argv[1])
families = load_families()
start = time.perf_counter()
{work}
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> None:
    """Print each figure beside its limit and the floor."""
    with tempfile.TemporaryDirectory(prefix="dialtree-bench-") as folder:
        tree = Path(folder) / "tree"
        tree.mkdir()
        generate(tree, USERS, PHONES, FILES)
        ports = _use_free_ports(tree)
        _git(tree, "init", "-q", "-b", "main")
        _commit(tree, "Begin")
        _cold(tree)
        mixed = Path(folder) / "mixed"
        mixed.mkdir()
        generate(mixed, USERS, PHONES, FILES, MIXED)
        _row("render 10,000 phones of 10 families", _measure(RENDER, mixed)[0], 6.0)
        _rename(tree, 1)
        _commit(tree, "Rename one user")
        _row("diff of a one-user change, cold", _measure(DIFF, tree)[0], None)
        _node(tree, Path(folder) / "state", ports)


def _cold(tree: Path) -> None:
    size = sum(path.stat().st_size for path in tree.rglob("*.yaml"))
    print(f"{USERS} users, {PHONES} phones, {FILES} files, {size / 1e6:.1f} MB of YAML")
    floor, _ = _measure(PARSE, tree)
    _row("floor: bare C parse", floor, None)
    _row("load + validate", _measure(VALIDATE, tree)[0], 3.0, floor)
    _row("load + validate + compile", _measure(COMPILE, tree)[0], None, floor)
    seconds, peak = _measure(RENDER, tree)
    _row("render 20,000 profile files", seconds, 10.0)
    _row("peak memory of all that, MB", peak, 500.0)


def _measure(work: str, tree: Path) -> tuple[float, float]:
    """Seconds of `work` and the peak memory of its process in MB; the better of two runs."""
    script = MEASURE.format(work=work)
    runs = [
        subprocess.run(
            [sys.executable, "-c", script, str(tree)],
            capture_output=True, text=True, timeout=120, check=False,
        )
        for _ in range(2)
    ]  # fmt: skip
    failed = next((run for run in runs if run.returncode), None)
    if failed is not None:
        raise NotMeasuredError(failed.stderr.strip().splitlines()[-1])
    return min((float(s), float(m)) for s, m in (run.stdout.split() for run in runs))


def _node(tree: Path, state: Path, ports: tuple[int, int]) -> None:
    with _running(tree, state) as (client, process):
        taken = []
        for number in range(COMMITS):
            _rename(tree, number + 2)
            commit = _prepared_commit(tree)
            start = time.perf_counter()
            _git(tree, "update-ref", "refs/heads/main", commit)
            _until(lambda commit=commit: _applied(client) == commit)  # type: ignore[misc]
            taken.append(time.perf_counter() - start)
        _row("one-user commit to applied, median", statistics.median(taken), 0.150)
        _row("one-user commit to applied, worst", max(taken), None)
        _row("peak memory of the node, MB", _peak(process.pid), 500.0)


@contextmanager
def _running(tree: Path, state: Path) -> Iterator[tuple[NodeClient, subprocess.Popen[bytes]]]:
    with (tree.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(PBX), "run", str(tree), "--state", str(state)], stdout=log, stderr=log
        )
    try:
        client = NodeClient(StateDirectory(state))
        head = _git(tree, "rev-parse", "HEAD")
        _until(lambda: process.poll() is not None or _applied(client) == head, 60)
        if process.poll() is not None:
            raise NotMeasuredError((tree.parent / "log").read_text().strip())
        yield client, process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def _applied(client: NodeClient) -> str | None:
    try:
        status: dict[str, Any] = client.ask("/status")
    except Exception:  # not up yet
        return None
    applied: str | None = status["applied_revision"]
    return applied


def _until(what: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise NotMeasuredError("the node did not follow in time")
        time.sleep(0.002)


def _peak(process_id: int) -> float:
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def _rename(tree: Path, index: int) -> None:
    path = tree / "users" / "team0000.yaml"
    text = path.read_text()
    path.write_text(re.sub(r"(name: Person) \w+ 1\n", rf"\1 Renamed{index} 1\n", text, count=1))


def _prepared_commit(tree: Path) -> str:
    """A commit of the saved files that no branch points at yet."""
    _git(tree, "add", "-A")
    top = _git(tree, "write-tree")
    return _git(tree, "commit-tree", top, "-p", "HEAD", "-m", "Rename one user")


def _commit(tree: Path, subject: str) -> None:
    _git(tree, "add", "-A")
    _git(tree, "commit", "-qm", subject)


def _git(tree: Path, *words: str) -> str:
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.test"]
    done = subprocess.run(
        ["git", *identity, *words], cwd=tree, capture_output=True, text=True, check=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}, timeout=60,
    )  # fmt: skip
    return done.stdout.strip()


def _use_free_ports(tree: Path) -> tuple[int, int]:
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(int(probe.getsockname()[1]))
    path = tree / "pbx.yaml"
    text = path.read_text().replace("udp: 5060, tcp: 5060", f"udp: {ports[0]}, tcp: {ports[0]}")
    path.write_text(text.replace("port: 8090", f"port: {ports[1]}"))
    return ports[0], ports[1]


def _row(what: str, value: float, limit: float | None, floor: float | None = None) -> None:
    number = f"{value:8.0f}" if what.endswith("MB") else f"{value:8.3f}"
    against = f"  limit {limit:g}: {value / limit:.2f} of it" if limit else ""
    above = f"  {value / floor:.1f} x the floor" if floor else ""
    print(f"  {what:<38}{number}{against}{above}", flush=True)
