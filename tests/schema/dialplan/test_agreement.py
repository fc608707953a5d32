"""Random plans: the index and the interpreter against the plainest reading of the rules."""

import json
import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from plain_reading import Outcome, PlainReader, expression

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller, Decision
from schema.dialplan.index import PatternIndex, in_order
from schema.dialplan.pattern import ALPHABET, parse_pattern
from schema.dialplan.route import route
from schema.dialplan.serial import from_json, to_json
from schema.models import (
    Destination,
    Forward,
    Gateway,
    Group,
    HuntGroup,
    Rule,
    Schedule,
    Site,
    System,
    SystemSettings,
    User,
)
from schema.models.gateway import FromExtension, Inbound

SYMBOLS = st.sampled_from(["0", "1", "2", "9", "*", "+", "X", "Z", "N", "[13-5]", "[02*]"])
PATTERNS = st.builds(
    lambda symbols, tail: "".join(symbols) + tail,
    st.lists(SYMBOLS, min_size=1, max_size=5),
    st.sampled_from(["", "", "", ".", "!"]),
)
NUMBERS = st.one_of(st.text("01239*+", max_size=7), st.text(ALPHABET + "a", max_size=9))


@given(st.lists(PATTERNS, max_size=40), st.lists(NUMBERS, min_size=1, max_size=10))
def test_the_index_finds_what_scanning_finds(patterns: list[str], numbers: list[str]) -> None:
    index = PatternIndex([parse_pattern(text) for text in patterns])
    for number in numbers:
        scanned = [i for i, p in enumerate(patterns) if re.fullmatch(expression(p), number)]
        assert list(in_order(index.matching(number))) == scanned


SCHEDULES = {
    "days": Schedule(weekly=("mon-fri 09:00-17:00",)),
    "nights": Schedule(weekly=("mon-sun 17:00-09:00",)),
    "never": Schedule(),
    "berlin": Schedule(weekly=("sat-sun 08:00-20:00",), timezone="Europe/Berlin"),
}
SITES = {
    "hq": Site(permissions=("local",), area_code="212", emergency_callback="+12120000000"),
    "tokyo": Site(timezone="Asia/Tokyo"),
}
GROUPS = {"sales": Group(permissions=("premium",)), "idle": Group()}
WORDS = ("local", "premium")
IDS = ("rich", "poor", "gone", "team")
DIALLED = st.sampled_from(["20", "21", "22", "40", "41", "+1212", "012", "9911", "0", "team"])

QUIET = st.sampled_from([False, False, True, "days"])
HUNTING = (("all", "40", "simultaneous"), ("turns", "41", "round_robin"))
MADE = st.sampled_from([None, FromExtension(prepend="+1700", keep=1)])
sometimes = st.sampled_from([None, None, *SCHEDULES])
sites = st.sampled_from([None, *SITES])


def some(choices: Any, least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    """Some of the choices, in any order."""
    return st.permutations(choices).flatmap(
        lambda order: st.integers(least, len(order)).map(lambda most: tuple(order[:most]))
    )


destinations = st.one_of(
    st.sampled_from(IDS).map(lambda id_: Destination(user=id_)),
    st.sampled_from(["all", "turns"]).map(lambda id_: Destination(hunt_group=id_)),
    DIALLED.filter(lambda n: n != "team").map(lambda number: Destination(number=number)),
)
forwards = st.lists(
    st.builds(
        Forward,
        to=DIALLED.filter(lambda n: n != "team"),
        after=st.sampled_from(["0s", "5s", "20s"]),
        when=sometimes,
    ),
    max_size=2,
).map(tuple)


@st.composite
def users(draw: st.DrawFn) -> dict[str, User]:
    given_ = {
        "rich": {"extension": "20", "did": "+1212"},
        "poor": {"extension": "21", "caller_id": "+12345"},
        "gone": {"extension": "22", "enabled": False},
        "team": {"extension": "23"},
    }
    return {
        id_: User(
            name=id_, site=draw(sites), permissions=draw(some(WORDS)), groups=draw(some([*GROUPS])),
            forward=draw(forwards), do_not_disturb=draw(QUIET),
            **fields,
        )
        for id_, fields in given_.items()
    }  # fmt: skip


@st.composite
def hunt_groups(draw: st.DrawFn) -> dict[str, HuntGroup]:
    return {
        id_: HuntGroup(
            extension=extension, members=draw(some(IDS, 1)), strategy=strategy,
            ring=draw(st.sampled_from(["5s", "20s"])), timeout=draw(st.sampled_from(["8s", "60s"])),
            fallback=draw(st.none() | destinations), when=draw(sometimes), site=draw(sites),
            permissions=draw(some(WORDS)),
        )
        for id_, extension, strategy in HUNTING
    }  # fmt: skip


@st.composite
def gateways(draw: st.DrawFn) -> dict[str, Gateway]:
    made = {
        id_: Gateway(
            address=f"192.0.2.{place}", site=draw(sites),
            caller_id=draw(st.sampled_from([None, "+1999"])),
            show=draw(st.sampled_from(["user", "gateway", "anonymous"])),
            prefix=draw(st.sampled_from(["", "0"])), emergency=draw(st.booleans()),
            caller_id_from_extension=draw(MADE),
            inbound=Inbound(fallback=draw(st.none() | destinations)),
        )
        for place, id_ in enumerate(("a", "b"))
    }  # fmt: skip
    return {**made, "off": Gateway(address="192.0.2.9", enabled=False)}


@st.composite
def rules(draw: st.DrawFn, place: int) -> Rule:
    inbound = draw(st.sampled_from([False, False, True]))
    rewriting = {
        "strip": draw(st.integers(0, 3)),
        "prepend": draw(st.sampled_from(["", "+1", "2"])),
        "dial": draw(st.sampled_from([None, None, "20", "112", "+1${EXTEN:1}", "4${EXTEN:-1}"])),
        "e164": draw(st.booleans()),
    }
    to = draw(st.none() | destinations)
    via = draw(some(["a", "b", "off"]))
    return Rule.model_validate(
        {
            "rule": f"r{place}",
            "type": draw(st.sampled_from(["emergency", "local", "premium", "internal"])),
            "match": tuple(draw(st.lists(PATTERNS, min_size=1, max_size=3))),
            "when": draw(sometimes),
            "enabled": draw(st.sampled_from([True, True, True, False])),
            "from": draw(some(["a", "b"], 1)) if inbound else (),
            **rewriting,
            "to": None if via else to,
            "via": () if inbound else via,
        }
    )


@st.composite
def systems(draw: st.DrawFn) -> System:
    plan = tuple(draw(rules(place)) for place in range(draw(st.integers(0, 8))))
    return System(
        SystemSettings(domain="example.test"), {}, SITES, GROUPS, draw(users()), {},
        draw(gateways()), SCHEDULES, plan, draw(hunt_groups()),
    )  # fmt: skip


def told(decision: Decision) -> Outcome:
    """Status, rule, and the targets, without their moments."""
    rings = {(s.kind, s.target, s.number, s.caller_id) for s in decision.steps}
    return decision.status, decision.rule, rings  # type: ignore[return-value]


def plainly(outcome: Outcome) -> Outcome:
    rings = {(r.kind, r.target, r.number, r.caller_id) for r in outcome.rings}
    return outcome.status, outcome.rule, rings  # type: ignore[return-value]


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
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
