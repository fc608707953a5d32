"""Random plans: the index and the interpreter against the plainest reading of the rules."""

import json
import re
from datetime import datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from plain_reading import Outcome, PlainReader, expression
from random_plans import IDS, MOMENTS, NUMBERS, PATTERNS, systems

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller, Decision
from schema.dialplan.index import PatternIndex, in_order
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.route import route
from schema.dialplan.serial import from_json, to_json
from schema.models import (
    System,
)


@given(st.lists(PATTERNS, max_size=40), st.lists(NUMBERS, min_size=1, max_size=10))
def test_the_index_finds_what_scanning_finds(patterns: list[str], numbers: list[str]) -> None:
    index = PatternIndex([parse_pattern(text) for text in patterns])
    for number in numbers:
        scanned = [i for i, p in enumerate(patterns) if re.fullmatch(expression(p), number)]
        assert list(in_order(index.matching(number))) == scanned


def told(decision: Decision) -> Outcome:
    """Status, rule, and the targets, without their moments."""
    rings = {(s.kind, s.target, s.number, s.caller_id) for s in decision.steps}
    return decision.status, decision.rule, rings  # type: ignore[return-value]


def plainly(outcome: Outcome) -> Outcome:
    rings = {(r.kind, r.target, r.number, r.caller_id) for r in outcome.rings}
    return outcome.status, outcome.rule, rings  # type: ignore[return-value]


ALSO = ("20", "21", "22", "23", "40", "41", "all")


@settings(max_examples=400)
@given(systems(), st.lists(NUMBERS, min_size=1, max_size=6), MOMENTS)
def test_routes_agree_with_reading_rule_after_rule(
    system: System, numbers: list[str], at: datetime
) -> None:
    table = compile_table(system)
    loaded = from_json(json.loads(json.dumps(to_json(table))))
    assert loaded == table
    for number in [*numbers, *ALSO]:
        for id_ in IDS:
            plain = PlainReader(system, at).from_user(id_, number)
            assert told(route(loaded, Caller("user", id_), number, at)) == plainly(plain)
        for id_ in ("a", "b", "off"):
            plain = PlainReader(system, at).from_gateway(id_, number)
            assert told(route(loaded, Caller("gateway", id_), number, at)) == plainly(plain)


@settings(max_examples=200)
@given(systems(), MOMENTS)
def test_nobody_rings_before_or_after_their_time(system: System, at: datetime) -> None:
    """Serial steps come at the moments at which the plain reading lets somebody ring."""
    table = compile_table(system)
    for number in ALSO:
        plain = PlainReader(system, at).from_user("rich", number)
        moments = sorted({ring.start for ring in plain.rings})
        steps = route(table, Caller("user", "rich"), number, at).steps
        starts, now = [0.0], 0.0
        for step, following in pairwise(steps):
            if not following.parallel and not following.failover:
                now += step.timeout or 0.0
                starts.append(now)
        if plain.rings:
            assert [start - starts[0] for start in starts] == [m - moments[0] for m in moments]
