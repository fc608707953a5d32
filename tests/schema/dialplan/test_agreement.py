"""Random plans: the index and the interpreter against the plainest reading of the rules."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller
from schema.dialplan.index import PatternIndex, in_order
from schema.dialplan.pattern import ALPHABET, parse_pattern
from schema.dialplan.route import route
from schema.dialplan.serial import from_json, to_json
from schema.models import Gateway, Rule, Schedule, System, SystemSettings, User

SYMBOLS = st.sampled_from(["0", "1", "2", "9", "*", "+", "X", "Z", "N", "[13-5]", "[02*]"])
PATTERNS = st.builds(
    lambda symbols, tail: "".join(symbols) + tail,
    st.lists(SYMBOLS, min_size=1, max_size=5),
    st.sampled_from(["", "", "", ".", "!"]),
)
NUMBERS = st.one_of(st.text("01239*+", max_size=7), st.text(ALPHABET + "a", max_size=9))


def expression(pattern: str) -> str:
    classes = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": "[0-9*#+]+", "!": "[0-9*#+]*"}
    symbols = re.findall(r"\[.*?\]|.", pattern)
    return "".join(classes.get(s) or (s if len(s) > 1 else re.escape(s)) for s in symbols)


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
}
GATEWAYS = {
    "a": Gateway(address="192.0.2.1"),
    "b": Gateway(address="192.0.2.2"),
    "off": Gateway(address="192.0.2.3", enabled=False),
}
USERS = {
    "rich": User(name="Rich", extension="20", permissions=("local", "premium")),
    "poor": User(name="Poor", extension="21", did="+1212"),
    "gone": User(name="Gone", extension="22", enabled=False, permissions=("local",)),
}


@st.composite
def systems(draw: st.DrawFn) -> System:
    rules = tuple(
        Rule(
            rule=f"r{place}",
            type=draw(st.sampled_from(["emergency", "local", "premium", "internal"])),
            match=tuple(draw(st.lists(PATTERNS, min_size=1, max_size=3))),
            strip=draw(st.integers(0, 3)),
            prepend=draw(st.sampled_from(["", "+1", "2"])),
            dial=draw(st.sampled_from([None, None, "20", "112"])),
            via=tuple(draw(st.lists(st.sampled_from(["a", "b", "off"]), unique=True))),
            when=draw(st.sampled_from([None, None, "days", "nights", "never"])),
            enabled=draw(st.sampled_from([True, True, True, False])),
        )
        for place in range(draw(st.integers(0, 8)))
    )
    return System(
        SystemSettings(domain="example.test"), {}, {}, {}, USERS, {}, GATEWAYS, SCHEDULES, rules
    )


Outcome = tuple[int, str | None, list[tuple[str, str]]]


class PlainReader:
    """The dial plan as its documentation says it, one rule after the other."""

    def __init__(self, system: System, at: datetime) -> None:
        self.system = system
        self.at = at

    def call(self, caller: str, number: str) -> Outcome:
        refusal: Outcome | None = None
        for rule in self.matching(number, emergency=True):
            outcome = self.outside(rule, number)
            if outcome[0] == 200:
                return outcome
            refusal = refusal or outcome
        if refusal:
            return refusal
        if not self.system.users[caller].enabled:
            return 403, None, []
        if callee := self.user(number):
            return self.inside(callee, None)
        for rule in self.matching(number, emergency=False):
            if rule.when is None or self.is_open(rule.when):
                return self.decide(rule, caller, number)
        return 404, None, []

    def decide(self, rule: Rule, caller: str, number: str) -> Outcome:
        if not set(rule.permissions) <= set(self.system.users[caller].permissions):
            return 403, rule.rule, []
        return self.outside(rule, number) if rule.via else self.user_of(rule, number)

    def user_of(self, rule: Rule, number: str) -> Outcome:
        callee = self.user(self.transform(rule, number))
        return self.inside(callee, rule.rule) if callee else (404, rule.rule, [])

    def inside(self, callee: str, rule: str | None) -> Outcome:
        enabled = self.system.users[callee].enabled
        return (200, rule, [("user", callee)]) if enabled else (404, rule, [])

    def outside(self, rule: Rule, number: str) -> Outcome:
        called = self.transform(rule, number)
        if not called:
            return 484, rule.rule, []
        others = [g for g in GATEWAYS if rule.type == "emergency" and g not in rule.via]
        up = [(g, called) for g in (*rule.via, *others) if self.system.gateways[g].enabled]
        return (200, rule.rule, up) if up else (503, rule.rule, [])

    def transform(self, rule: Rule, number: str) -> str:
        return rule.dial or rule.prepend + number[rule.strip :]

    def user(self, number: str) -> str | None:
        return next(
            (i for i, u in self.system.users.items() if number in (i, u.extension, *u.dids)), None
        )

    def matching(self, number: str, *, emergency: bool) -> Iterator[Rule]:
        rules = [r for r in self.system.dialplan if (r.type == "emergency") == emergency]
        for rule in rules:
            expressions = map(expression, rule.patterns)
            if rule.enabled and any(re.fullmatch(e, number) for e in expressions):
                yield rule

    def is_open(self, schedule: str) -> bool:
        by_day = 9 <= self.at.hour < 17
        return {"days": by_day and self.at.weekday() < 5, "nights": not by_day}.get(schedule, False)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


@settings(max_examples=300)
@given(systems(), st.lists(NUMBERS, min_size=1, max_size=6), MOMENTS)
def test_routes_agree_with_reading_rule_after_rule(
    system: System, numbers: list[str], at: datetime
) -> None:
    table = compile_table(system)
    loaded = from_json(json.loads(json.dumps(to_json(table))))
    assert loaded == table
    for caller in USERS:
        for number in [*numbers, "20", "21", "22"]:
            decision = route(loaded, Caller("user", caller), number, at)
            steps = [
                ("user", s.target) if s.kind == "user" else (s.target, s.number)
                for s in decision.steps
            ]
            plain = PlainReader(system, at).call(caller, number)
            assert (decision.status, decision.rule, steps) == plain
