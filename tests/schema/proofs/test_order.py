"""Rules that are never reached: by name, and against trying every number at every moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from random_plans import systems

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller
from schema.dialplan.route import route
from schema.models import System
from schema.proofs.finding import Finding, diagnostics
from schema.proofs.prover import Prover
from schema.tree import DirectorySource
from schema.validate import validate

BASE = """\
version: 1
system: {domain: example.test, region: US}
nodes: {pbx1: {address: 192.0.2.5}}
gateways: {pstn: {address: 192.0.2.10}, backup: {address: 192.0.2.11}}
"""
Codes = Callable[..., list[str]]
USERS = "users: {a: {name: A, extension: '201'}, b: {name: B, extension: '202'}}\n"
HOURS = """\
schedules:
  mornings: {weekly: ["mon-sun 00:00-12:00"]}
  afternoons: {weekly: ["mon-sun 12:00-24:00"]}
  office: {weekly: ["mon-fri 09:00-17:00"]}
  days: {weekly: ["mon-sun 08:00-20:00"]}
"""


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (["rule: a, match: '9.', via: [pstn], allow: []",
          "rule: b, match: ['91X', '81X'], via: [pstn], allow: []"], []),
        (["rule: a, match: ['9.', '8XX'], via: [pstn], allow: []",
          "rule: b, match: ['91X', '81X'], via: [pstn], allow: []"], ["PBX1304"]),
        (["rule: a, match: '9[0-5]X', via: [pstn], allow: []",
          "rule: b, match: '9[4-9]X', via: [pstn], allow: []",
          "rule: c, match: '9XX', via: [pstn], allow: []"], ["PBX1304"]),
        (["rule: a, match: ['9911', '911'], via: [pstn], allow: []"], ["PBX1304"]),
        (["rule: a, match: '20[12]', via: [pstn], allow: []"], ["PBX1304"]),
        (["rule: a, match: '20[123]', via: [pstn], allow: []"], []),
        (["rule: a, match: '8.', via: [pstn], allow: [], when: office",
          "rule: b, match: '81X', via: [pstn], allow: []"], []),
        (["rule: a, match: '8.', via: [pstn], allow: [], when: office",
          "rule: b, match: '81X', via: [pstn], allow: [], when: office"], ["PBX1304"]),
        (["rule: a, match: '8.', via: [pstn], allow: [], when: days",
          "rule: b, match: '81X', via: [pstn], allow: [], when: office"], ["PBX1304"]),
        (["rule: a, match: '8.', via: [pstn], allow: [], when: mornings",
          "rule: b, match: '81X', via: [pstn], allow: [], when: afternoons",
          "rule: c, match: '81X', via: [pstn], allow: []"], ["PBX1304"]),
        (["rule: a, match: '+1.', from: [pstn], to: {user: a}",
          "rule: b, match: '+12.', from: [backup], to: {user: b}"], []),
        (["rule: a, match: '+1.', from: [pstn, backup], to: {user: a}",
          "rule: b, match: '+12.', from: [backup], to: {user: b}"], ["PBX1304"]),
    ],
)  # fmt: skip
def test_a_rule_is_hidden_by_all_that_comes_before_it(
    codes: Codes, rules: list[str], found: list[str]
) -> None:
    assert codes(*rules, more=USERS + HOURS) == found


def test_what_hides_a_rule_is_named_with_a_number(prove: Callable[..., list[Finding]]) -> None:
    (hidden,) = prove(
        "rule: low, match: '8[0-5]', via: [pstn], allow: []",
        "rule: high, match: '8[6-9]', via: [pstn], allow: []",
        "rule: all, match: '8X', via: [pstn], allow: []",
        more=USERS,
    )
    assert hidden.message == 'the rule "all" is never reached'
    assert [words for words, _ in hidden.related] == [
        '"low" takes 80 first', '"high" takes 86 first',
    ]  # fmt: skip


def test_an_extension_that_hides_a_rule_is_named(prove: Callable[..., list[Finding]]) -> None:
    (hidden,) = prove("rule: desk, match: '201', via: [pstn], allow: []", more=USERS)
    assert hidden.related == (("201 is a's number", ("users", "a")),)


def test_ready_made_rules_that_are_hidden_are_said_once(tmp_path: Path) -> None:
    factory = "system: {domain: example.test, factory: {outside: '9', via: [pstn]}}"
    text = BASE.replace("system: {domain: example.test, region: US}", factory) + USERS
    text += "dialplan: [{rule: all, match: '9.', via: [pstn], allow: []}]\n"
    (tmp_path / "pbx.yaml").write_text(text)
    found = validate(DirectorySource(tmp_path))
    assert found.system is not None
    hidden = [f for f in Prover()(found.system).findings if f.code == "PBX1304"]
    assert len(hidden) > 1
    (said,) = diagnostics(hidden, found.origins)
    assert said.hint == 'move it before "all", or make that one narrower'
    assert (said.place, said.related[0].at.line) == ("pbx.yaml:2:32", 6)


NUMBERS = ["".join(digits) for size in range(1, 4) for digits in product("0129+*", repeat=size)]
WEEK = [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours) for hours in range(0, 168, 4)]


@settings(deadline=None, max_examples=25)
@given(systems())
def test_no_call_ever_takes_a_hidden_rule(system: System) -> None:
    table = compile_table(system)
    hidden = {f.place[1] for f in Prover()(system).findings if f.code == "PBX1304"}
    if not hidden:
        return
    for number, id_, at in product(NUMBERS, table.users, WEEK[::7]):
        took = route(table, Caller("user", id_), number, at, explain=True)
        assert hidden.isdisjoint(tried.rule for tried in took.trace if tried.matched)
