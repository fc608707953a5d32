"""Feature codes: rules that begin with a star or a hash, in words."""

from schema.assembly import assemble
from schema.dialplan.codes import as_text, feature_codes
from schema.entries import file_entries
from schema.reading import read
from schema.validate import Cache

PLAN = b"""
version: 1
system: {domain: example.test}
users:
  alice: {name: Alice, extension: "201", permissions: [custom]}
hunt_groups: {sales: {members: [alice]}}
gateways: {pstn: {address: 192.0.2.10}}
schedules: {hours: {weekly: ["mon-fri 09:00-17:30"]}}
dialplan:
  - {rule: emergency, type: emergency, match: "911", via: [pstn]}
  - {rule: group-pickup, type: pickup, match: "*8", strip: 2}
  - {rule: pickup, type: pickup, match: "*78XXX", strip: 3}
  - {rule: either, type: pickup, match: "*79!", strip: 3}
  - {rule: reception, type: pickup, match: "*77", dial: "201"}
  - {rule: sales, match: ["*1", "1000", "[*#]2"], to: {hunt_group: sales}, allow: []}
  - {rule: anonymous, match: "*67.", strip: 3, via: [pstn], when: hours, enabled: false}
  - {rule: mixed, match: "[*1]3", dial: "201"}
"""


def test_codes_are_listed_in_words_with_what_they_need() -> None:
    file = file_entries(read("pbx.yaml", "", PLAN), Cache().recall)
    assert not file.diagnostics
    tree, _ = assemble([file], None)
    system = tree.complete()
    assert system is not None
    codes = list(feature_codes(system, tree.origins))
    directed = "picks up a call that rings at the number dialled behind it"
    group = "a group of the caller's"
    assert {code.pattern: code.does for code in codes} == {
        "*8": f"picks up a call that rings in {group}",
        "*78XXX": directed,
        "*79!": f"{directed}, or without one in {group}",
        "*77": "picks up a call that rings at 201",
        "*1": "calls hunt group sales",
        "[*#]2": "calls hunt group sales",
        "*67.": "calls … via pstn",
    }
    last = as_text(codes).splitlines()[-1]
    assert last == (
        "*67.       calls … via pstn; needs custom; during hours; disabled  "
        "(anonymous, pbx.yaml:16)"
    )
    assert codes[0].as_json() == {
        "pattern": "*8", "does": codes[0].does, "rule": "group-pickup", "permissions": [],
        "when": None, "enabled": True, "file": "pbx.yaml", "line": 11,
    }  # fmt: skip


def test_a_plan_without_codes_says_so() -> None:
    assert as_text([]) == "no rule begins with a star or a hash"
