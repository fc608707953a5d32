"""What admins want to be proved: held and refuted, and against dialling every number."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from every_number import every_number
from hypothesis import given, settings
from hypothesis import strategies as st
from random_plans import systems

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.route import route
from schema.models import Proof, System
from schema.proofs.finding import Finding
from schema.proofs.prover import Prover

PEOPLE = """\
schedules: {office: {weekly: ["mon-fri 09:00-17:00"]}}
sites:
  hq: {emergency_location: here}
  warehouse: {emergency_location: there}
groups: {sales: {permissions: [international]}, local: {permissions: [local]}}
users:
  alice: {name: A, extension: "201", did: "+12125550201", site: hq, groups: [sales, local]}
  bob: {name: B, extension: "202", did: "+12125550202", site: warehouse, groups: [local]}
"""
LOCAL = 'rule: local, type: local, match: "9NXXXXXX", strip: 1, prepend: "+1212", via: [pstn]'
ABROAD = (
    'rule: far, type: international, match: "9011[2-9].", strip: 4, prepend: "+", via: [backup]'
)
Prove = Callable[..., list[Finding]]


@pytest.mark.parametrize(
    ("rules", "claim", "witness"),
    [
        ([LOCAL, ABROAD], 'nobody: {site: warehouse}, reaches: international', None),
        ([LOCAL, ABROAD], 'nobody: {all: true}, reaches: international', "901120"),
        ([LOCAL, ABROAD], 'nobody: {group: sales}, reaches: "+44."', "9011440"),
        ([LOCAL, ABROAD], 'nobody: {group: sales}, reaches: "+44.", via: pstn', None),
        ([LOCAL, ABROAD], 'nobody: {user: bob}, reaches: "+1212555[1-9]XXX"', "95551000"),
        ([LOCAL, ABROAD], 'nobody: {user: bob}, reaches: premium', None),
        ([LOCAL, ABROAD], 'nobody: {all: true}, reaches: emergency, via: backup', "911"),
        ([LOCAL], 'everybody: {all: true}, reaches: "+1212NXXXXXX"', None),
        ([LOCAL], 'everybody: {all: true}, reaches: "+1212XXXXXXX"', "+12120000000"),
        ([LOCAL], 'everybody: {all: true}, reaches: "+1212NXXXXXX", via: backup', "+12122000000"),
        ([LOCAL + ", when: office"], 'everybody: {all: true}, reaches: "+12129XXXXXX"',
         "+12129000000"),
        ([LOCAL], 'everybody: {all: true}, reaches: emergency', None),
        ([LOCAL], 'everybody: {all: true}, reaches: emergency, via: backup', None),
        ([ABROAD], 'everybody: {group: sales}, reaches: "+[2-9]."', None),
        ([ABROAD], 'everybody: {group: sales}, reaches: "+[2-9]!"', "+2"),
    ],
)  # fmt: skip
def test_a_claim_holds_or_has_a_witness(
    prove: Prove, rules: list[str], claim: str, witness: str | None
) -> None:
    more = PEOPLE + f"prove:\n  - {{proof: mine, {claim}}}\n"
    found = [f.number for f in prove(*rules, more=more) if f.code == "PBX1609"]
    assert found == ([] if witness is None else [witness])


def test_a_witness_comes_with_who_and_when(prove: Prove) -> None:
    claim = "prove: [{proof: quiet, nobody: {site: warehouse}, reaches: '+1212NXXXXXX'}]\n"
    (found,) = (
        f for f in prove(LOCAL + ", when: office", more=PEOPLE + claim) if f.code == "PBX1609"
    )
    assert found.message.startswith('"quiet" is not so: bob dials 92000000 on ')
    assert found.message.endswith("UTC, which leaves as +12122000000 via pstn")
    assert found.related == (('"local" takes it', ("dialplan", "local", "match")),)


WEEK = [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours) for hours in range(0, 168, 3)]
DIALLED = [n for n in every_number(3, 1) if set(n) <= set("0129+")]
CLAIMS = st.builds(
    lambda reaches, user, via: Proof.model_validate(
        {"proof": "p", "nobody": {"user": user}, "reaches": reaches, "via": via}
    ),
    reaches=st.sampled_from(["+1.", "2X", "9", "1[1-3]X", "."]),
    user=st.sampled_from(["rich", "poor", "gone", "team"]),
    via=st.sampled_from([None, "a", "b"]),
)


@settings(deadline=None, max_examples=40)
@given(systems(), CLAIMS, st.sampled_from(WEEK))
def test_a_claim_about_nobody_agrees_with_dialling_everything(
    system: System, claim: Proof, at: datetime
) -> None:
    system = System(
        **{name: getattr(system, name) for name in System.__slots__} | {"prove": (claim,)}
    )
    refuted = [f for f in Prover()(system).findings if f.code == "PBX1609"]
    assert claim.nobody is not None
    user = claim.nobody.user or ""
    if refuted:
        assert any(reached(system, claim, user, refuted[0].number, each) for each in WEEK)
    else:
        assert not any(reached(system, claim, user, number, at) for number in DIALLED)


def reached(system: System, claim: Proof, user: str, number: str, at: datetime) -> bool:
    table = compile_table(system)
    decision = route(table, Caller("user", user), number, at)
    rule = next((rule for rule in table.rules if rule.name == decision.rule), None)
    if rule is None or decision.outcome == "refused" or decision.steps[0].kind != "gateway":
        return False
    called = rule.transform(number, table.numbering_of(table.users[user].site))
    by = {step.target for step in decision.steps}
    return parse_pattern(claim.reaches).matches(called) and claim.via in (None, *by)
