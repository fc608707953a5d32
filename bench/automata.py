"""What it costs to know of all numbers what a plan of 5,000 patterns says of them.

The floor is to look at one number of each kind with one regular expression after the other, once
somebody has said which numbers these are. interegular makes only the union of the patterns, of
1,000 of them because 5,000 take minutes; where it is not installed, that line is left out.
"""

import importlib.util
import re
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from bench.plans import patterns
from schema.automata import Atoms, Dfa, describe
from schema.dialplan.pattern import Pattern, parse_pattern

RULES, PEERS_RULES = 5_000, 1_000
LIMIT = 2.0
"""Seconds: a push waits for the proofs."""
SAMPLE = 50
"""Numbers that the regular expressions look at; the time for all of them is scaled up."""
ROUNDS = 3

Result = TypeVar("Result")


def main() -> None:
    """Print the seconds, and how many times as long the others take."""
    plan = _plan(RULES)
    literals = [str(number) for number in range(20_000, 35_000)]
    literals += [f"+1212555{number:04}" for number in range(10_000)]
    atoms, seconds = _timed(lambda: Atoms(plan))
    print(f"{len(atoms)} atoms of {RULES} patterns: {seconds:.2f} s (limit {LIMIT:g} s)")
    _, with_users = _timed(lambda: Atoms(plan, literals))
    print(f"  with {len(literals)} numbers of users: {with_users:.2f} s")
    scan = _scan(plan, [atom.witness for atom in atoms])
    print(f"  regular expressions, one number of each atom: {scan / seconds:.0f} times as long")
    _sets(plan)
    _interegular()


def _sets(plan: Sequence[Pattern]) -> None:
    union, seconds = _timed(lambda: Dfa.of_patterns(plan))
    print(f"their union, {len(union.steps)} states: {1e3 * seconds:.0f} ms")
    _, seconds = _timed(lambda: describe(union))
    print(f"  described as patterns: {1e3 * seconds:.1f} ms")


def _interegular() -> None:
    if importlib.util.find_spec("interegular") is None:
        return
    interegular = importlib.import_module("interegular")
    plan = _plan(PEERS_RULES)
    _, ours = _timed(lambda: Dfa.of_patterns(plan))
    machines = [interegular.parse_pattern(_expression(pattern)).to_fsm() for pattern in plan]
    start = time.perf_counter()
    machines[0].union(*machines[1:])
    theirs = time.perf_counter() - start
    print(f"union of {PEERS_RULES} by interegular: {theirs / ours:.0f} times as long as ours")


def _plan(count: int) -> list[Pattern]:
    return [parse_pattern(text) for text in patterns(count)]


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """The best of some rounds, because times vary with what else the machine does."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return result, best


def _scan(plan: Sequence[Pattern], numbers: Sequence[str]) -> float:
    """Seconds to find the patterns of each number by trying all."""
    expressions = [re.compile(_expression(pattern)) for pattern in plan]
    sample = numbers[:: max(1, len(numbers) // SAMPLE)]
    _, seconds = _timed(lambda: [[e.fullmatch(n) for e in expressions] for n in sample])
    return seconds * len(numbers) / len(sample)


def _expression(pattern: Pattern) -> str:
    tails = {"": "", ".": "[#*+0-9]+", "!": "[#*+0-9]*"}
    return "".join(f"[{accepted}]" for accepted in pattern.symbols) + tails[pattern.tail]
