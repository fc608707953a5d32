"""The dial plan: deciding a call, compiling, proving and validating, beside limits and a peer.

The peer of `route()` is what one would write first: a list of regular expressions, tried in order
until one matches, on the same patterns and numbers in the same run.
"""

import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench import NotMeasuredError
from bench.plans import patterns
from bench.trees import generate
from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.route import route
from schema.dialplan.table import RouteTable
from schema.models import Gateway, Group, Rule, Schedule, Site, System, SystemSettings, User
from schema.proofs.prover import Prover

USERS, RULES, SCHEDULES = 10_000, 5_000, 200
CALLS = 2_000
PARTS = slice(0, 2), slice(2, 8), slice(8, None)
"""Of bench.plans: calls for help, those that overlap with everything, and the others."""
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
VALIDATE = """
import sys, time
from pathlib import Path
from engine.checking import validate_tree
from renderers.devices import load_families
from schema.tree import DirectorySource
families = load_families()
start = time.perf_counter()
found = validate_tree(DirectorySource(Path(sys.argv[1])), families)
assert found.ok and not found.diagnostics, found.diagnostics
print(time.perf_counter() - start)
"""


def main() -> None:
    """Print each figure beside its limit."""
    print(f"{USERS} users, {SCHEDULES} schedules")
    for count in (10, 500, RULES):
        _routes(count)
    plan = system(RULES)
    _row(f"compile {RULES} rules", _seconds(lambda: compile_table(plan)), 1.0)
    _row(f"all proofs of {RULES} rules", _seconds(lambda: Prover()(plan)), 10.0)
    prover = Prover()
    prover(plan)
    renamed = _with_renamed_user(plan)
    _row("the same after one user was renamed", _seconds(lambda: prover(renamed)), None)
    _validate()


def _routes(count: int) -> None:
    """Median of single calls, each to another number."""
    table = compile_table(system(count))
    numbers = _numbers(count)
    users = list(table.users)
    callers = [Caller("user", users[place % len(users)]) for place in range(len(numbers))]
    taken = _median(
        [partial(route, table, c, n, NOON) for c, n in zip(callers, numbers, strict=True)]
    )
    scanned = _scanned(table, numbers)
    peer = f"  {taken / scanned:.2f} x a scan of regular expressions ({scanned * 1e6:.1f} µs)"
    limit = f"  limit 20: {taken * 1e6 / 20:.2f} of it"
    print(f"  {f'route(), {count} rules, µs':<38}{taken * 1e6:8.1f}{limit}{peer}", flush=True)


def _scanned(table: RouteTable, numbers: Sequence[str]) -> float:
    """The peer: the first expression that matches."""
    expressions = [
        re.compile(_expression(text)) for rule in table.outgoing.rules for text in rule.patterns
    ]

    def scan(number: str) -> object:
        return next((each for each in expressions if each.fullmatch(number)), None)

    return _median([partial(scan, number) for number in numbers])


def _expression(text: str) -> str:
    pattern = parse_pattern(text)
    sets = "".join(f"[{re.escape(accepted)}]" for accepted in pattern.symbols)
    return sets + {"": "", ".": "[0-9*#+]+", "!": "[0-9*#+]*"}[pattern.tail]


def _numbers(count: int) -> list[str]:
    """Numbers that rules all over the plan match."""
    drawn = random.Random(1)
    texts = patterns(count)
    chosen = [parse_pattern(drawn.choice(texts)) for _ in range(CALLS)]
    return ["".join(map(drawn.choice, p.symbols)) + ("4" if p.tail else "") for p in chosen]


def system(count: int) -> System:
    """A company of USERS people at three sites, with a plan of `count` rules."""
    drawn = random.Random(2)
    schedules = {f"hours{n:03}": _schedule(drawn) for n in range(SCHEDULES)}
    help_, general, others = (patterns(count)[part] for part in PARTS)
    texts = [*help_, *others, *general]  # as somebody has to who wants all of them to be reached
    rules = tuple(_rule(drawn, n, text) for n, text in enumerate(texts))
    return System(
        SystemSettings(domain="example.test", timezone="America/New_York"),
        {},
        {"hq": Site(), "west": Site(timezone="America/Los_Angeles"), "lab": Site()},
        {"all": Group(permissions=("local",)), "far": Group(permissions=("long_distance",))},
        {f"user{n:05}": _user(n) for n in range(USERS)},
        {},
        {"pstn": Gateway(address="192.0.2.10"), "backup": Gateway(address="192.0.2.11")},
        schedules,
        rules,
    )


def _schedule(drawn: random.Random) -> Schedule:
    start, end = drawn.randint(6, 10), drawn.randint(15, 20)
    closed = tuple(f"2026-{drawn.randint(1, 12):02}-{drawn.randint(1, 28):02}" for _ in range(2))
    hours = (f"mon-fri {start:02}:{drawn.choice(['00', '30'])}-{end:02}:00",)
    return Schedule.model_validate({"weekly": hours, "except": closed})


def _rule(drawn: random.Random, place: int, text: str) -> Rule:
    if text in ("911", "9911"):
        return Rule(rule=f"r{place}", type="emergency", match=text, dial="911", via=("pstn",))
    when = f"hours{drawn.randrange(SCHEDULES):03}" if drawn.random() < 0.1 else None
    abroad = text.startswith("9011")
    return Rule(
        rule=f"r{place}",
        type="international" if abroad else drawn.choice(["local", "long_distance"]),
        match=text,
        strip=4 if abroad else 1,
        prepend="+",
        via=("pstn", "backup"),
        when=when,
    )


def _user(place: int) -> User:
    return User(
        name=f"Person {place}",
        extension=f"{20_000 + place}",
        did=f"+1212{5_000_000 + place}",
        groups=("all", "far") if place % 3 == 0 else ("all",),
        site=("hq", "west", "lab")[place % 3],
    )


def _with_renamed_user(plan: System) -> System:
    users = dict(plan.users)
    users["user00007"] = users["user00007"].model_copy(update={"name": "Renamed"})
    return System(**{name: getattr(plan, name) for name in System.__slots__} | {"users": users})


def _validate() -> None:
    """`pbx validate` with proofs on, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="dialtree-bench-") as folder:
        generate(Path(folder), USERS, USERS, 200)
        run = subprocess.run(
            [sys.executable, "-c", VALIDATE, folder],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    if run.returncode:
        raise NotMeasuredError(run.stderr.strip().splitlines()[-1])
    _row(f"validate {USERS} users, with proofs", float(run.stdout), 6.0)


def _median(calls: Sequence[Callable[[], object]]) -> float:
    taken = []
    for call in calls:
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _seconds(work: Callable[[], object]) -> float:
    """The better of two runs."""
    taken = []
    for _ in range(2):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _row(what: str, value: float, limit: float | None) -> None:
    against = f"  limit {limit:g}: {value / limit:.2f} of it" if limit else ""
    print(f"  {what:<38}{value:8.3f}{against}", flush=True)
