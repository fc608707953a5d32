"""Rules that overlap in part: when it is told, and when plans are just written so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schema.proofs.finding import Finding
from schema.proofs.prover import Prover
from schema.tree import DirectorySource
from schema.validate import validate

ROOT = Path(__file__).parents[3]
PEOPLE = "users: {a: {name: A, extension: '201', permissions: [local, custom]}}\n"
PEOPLE += "schedules: {office: {weekly: ['mon-fri 09:00-17:00']}}\n"


@pytest.mark.parametrize(
    ("first", "then", "number"),
    [
        ('match: "8NXX5X", type: local', 'match: "8555XX"', "855550"),
        ('match: "8NXX5X", type: local', 'match: ["77", "8555XX"]', "855550"),
        ('match: "8555XX"', 'match: "8NXX5X", type: local', None),
        ('match: "8[1-5]X"', 'match: "8X[1-5]", type: local', "811"),
        ('match: "8[1-5]X"', 'match: "8X[1-5]"', None),
        ('match: "8NXX5X", type: local, when: office', 'match: "8555XX"', None),
        ('match: "8NXX5X", type: local', 'match: "8555XX", when: office', None),
        ('match: "8NX5.", type: local', 'match: "8555XX"', None),
        ('match: "8XX", type: local', 'match: "8[1-5]0"', None),
    ],
)
def test_an_exception_that_comes_too_late_is_told(
    prove: Callable[..., list[Finding]], first: str, then: str, number: str | None
) -> None:
    rules = (f"rule: {name}, {text}, via: [pstn]" for name, text in (("a", first), ("b", then)))
    found = [f for f in prove(*rules, more=PEOPLE) if f.code == "PBX1605"]
    assert [f.number for f in found] == ([] if number is None else [number])
    assert all(f.place[:2] == ("dialplan", "b") for f in found)


@pytest.mark.parametrize("region", ["US", "DE", "GB", "FR", "CH"])
@pytest.mark.parametrize("outside", ["", "9", "0"])
def test_ready_made_plans_leave_nothing_to_be_told(
    tmp_path: Path, region: str, outside: str
) -> None:
    (tmp_path / "pbx.yaml").write_text(f"""\
version: 1
system: {{domain: example.test, region: {region}, factory: {{via: [pstn], outside: "{outside}"}}}}
nodes: {{pbx1: {{address: 192.0.2.5}}}}
gateways: {{pstn: {{address: 192.0.2.10}}, backup: {{address: 192.0.2.11}}}}
groups:
  all: {{permissions: [local, long_distance, mobile, toll_free]}}
  more: {{permissions: [international, premium, shared_cost]}}
users: {{a: {{name: A, extension: "8201", groups: [all, more]}}}}
""")
    found = validate(DirectorySource(tmp_path))
    assert found.system is not None
    assert Prover()(found.system).findings == ()


def test_the_tree_that_comes_with_dialtree_holds(tmp_path: Path) -> None:
    (tmp_path / "pbx.yaml").write_text((ROOT / "pbx.yaml").read_text())
    found = validate(DirectorySource(tmp_path))
    assert found.system is not None
    assert (found.diagnostics, Prover()(found.system).findings) == ((), ())
