"""sipp: the phones of a benchmark."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from bench import NotMeasuredError
from bench.sip.contenders import CALLEE, SCENARIOS, Setup
from bench.sip.processes import CLIENTS, finish, pinned

LIMIT = 40.0
"""Seconds until calls that do not end are given up."""
SIPP_EXITS = (0, 1, 97, 99)
"""What sipp says when it came to an end, whatever became of the calls."""

MODES = {"udp": "u1", "tcp": "t1"}
"""One socket for all calls, as a trunk or another proxy has it."""


class Load(NamedTuple):
    """How much, and how fast."""

    runs: int
    rate: int = 20_000
    """Calls begun a second, unless `in_flight` forbids."""
    in_flight: int = 20
    """A call begins when one ends, so that each server sets its own pace and neither drops any. At
    a fixed low rate both would mostly be measured waking up, which flatters the slower one."""


class Outcome(NamedTuple):
    """What sipp says of a run."""

    failed: int
    seconds: float
    """From the first call's beginning to the last one's end."""
    retransmitted: int
    """Requests that sipp sent again: where there are many, a server did not keep up."""


def sipp(scenario: str, port: int, setup: Setup) -> list[str]:
    """A command that plays a scenario of this folder from that port."""
    local = ["-i", "127.0.0.1", "-p", str(port), "-t", MODES[setup.transport]]
    fixed = ["-nostdin", "-s", CALLEE, "-sf", str(SCENARIOS / scenario)]
    return [*pinned(CLIENTS), "sipp", *fixed, *local, f"127.0.0.1:{setup.ports.server}"]


def register(setup: Setup, password: str) -> None:
    """Register the callee at its port, once."""
    login = ["-au", CALLEE, "-ap", password, "-m", "1"]
    finish([*sipp("register.xml", setup.ports.callee, setup), *login], 10)


def users_file(folder: Path, users: Iterable[tuple[str, str]]) -> Path:
    """What sipp reads users and their passwords from."""
    path = folder / "users.csv"
    rows = [f"{user};[authentication username={user} password={word}]" for user, word in users]
    path.write_text("\n".join(["SEQUENTIAL", *rows]) + "\n")
    return path


def play(scenario: str, setup: Setup, load: Load, users: Path | None = None) -> Outcome:
    """Play a scenario from the caller's port; every call must succeed. Raises NotMeasuredError."""
    outcome = attempt(scenario, setup, load, users)
    if outcome.failed:
        raise NotMeasuredError(f"{outcome.failed} of {load.runs} runs of {scenario} failed")
    return outcome


def attempt(
    scenario: str, setup: Setup, load: Load, users: Path | None = None, patience: float = LIMIT
) -> Outcome:
    """The same, where calls may fail, or not end within `patience` seconds of the last one."""
    statistics = setup.folder / f"{Path(scenario).stem}-{load.runs}-{load.rate}.csv"
    limit = patience + load.runs / load.rate
    options = ["-r", str(load.rate), "-l", str(load.in_flight), "-m", str(load.runs)]
    options += ["-trace_stat", "-stf", str(statistics), "-timeout", f"{limit:.0f}s"]
    options += ["-inf", str(users)] if users else []
    finish([*sipp(scenario, setup.ports.caller, setup), *options], limit + 40, SIPP_EXITS)
    with statistics.open(newline="") as rows:
        last = list(csv.DictReader(rows, delimiter=";"))[-1]
    started, ended = (float(last[name].split()[-1]) for name in ("StartTime", "CurrentTime"))
    missing = load.runs - int(last["SuccessfulCall(C)"])
    return Outcome(missing, ended - started, int(last["Retransmissions(C)"]))
