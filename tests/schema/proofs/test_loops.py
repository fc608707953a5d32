"""Calls that come back to where they were: which circles can be closed, and who rings in them."""

from collections.abc import Callable

import pytest

from schema.proofs.finding import Finding

Prove = Callable[..., list[Finding]]
HOURS = """\
schedules:
  mornings: {weekly: ["mon-sun 00:00-12:00"]}
  afternoons: {weekly: ["mon-sun 12:00-24:00"]}
  office: {weekly: ["mon-fri 09:00-17:00"]}
"""


def told(prove: Prove, people: str, *rules: str) -> list[str]:
    found = prove(*rules, more=HOURS + people)
    return [f.code for f in found if f.code in ("PBX1606", "PBX1612")]


def users(**forwards: str) -> str:
    """`users(a="201: b")`: each with an extension and what stands behind it."""
    lines = []
    for place, (id_, more) in enumerate(forwards.items()):
        lines.append(f"  {id_}: {{name: {id_}, extension: '20{place}'{more}}}\n")
    return "users:\n" + "".join(lines)


def to(*numbers: str, when: str = "") -> str:
    hours = f", when: {when}" if when else ""
    return ", forward: [" + ", ".join(f"{{to: '{n}'{hours}}}" for n in numbers) + "]"


@pytest.mark.parametrize(
    ("people", "rules", "codes"),
    [
        (users(a=to("201"), b=""), [], []),
        (users(a=to("201"), b=to("200")), [], ["PBX1612"]),
        (users(a=to("201"), b=to("202"), c=to("200")), [], ["PBX1612"]),
        (users(a=to("201", "202"), b=to("200"), c=to("200")), [], ["PBX1612", "PBX1612"]),
        (users(a=to("201"), b=to("200") + ", enabled: false"), [], []),
        (users(a=to("201", when="mornings"), b=to("200", when="afternoons")), [], []),
        (users(a=to("201", when="mornings"), b=to("200", when="office")), [], ["PBX1612"]),
        (users(a=to("201") + ", do_not_disturb: true", b=to("200") + ", do_not_disturb: true"), [],
         ["PBX1606"]),
        (users(a=to("8200")), ['rule: r, type: internal, match: "8XXX", strip: 1'], ["PBX1612"]),
        (users(a=to("8200")), ['rule: r, type: local, match: "8XXX", strip: 1'], []),
        (users(a=to("8200") + ", permissions: [local]"),
         ['rule: r, type: local, match: "8XXX", strip: 1'], ["PBX1612"]),
        (users(a=to("8", when="mornings")),
         ['rule: r, type: internal, match: "8", dial: "200", when: mornings'], ["PBX1612"]),
        (users(a=to("8", when="mornings")),
         ['rule: q, match: "8", via: [pstn], allow: [], when: mornings',
          'rule: r, type: internal, match: "8", dial: "200"'], []),
        (users(a=to("400")) + "hunt_groups: {g: {extension: '400', members: [a], "
         "fallback: {number: '200'}}}\n", [], ["PBX1612"]),
        (users(a="") + "hunt_groups: {g: {extension: '400', members: [a], "
         "fallback: {user: a}}}\n", [], []),
        (users(a=""), ['rule: x, type: internal, match: "81", to: {number: "82"}',
                       'rule: y, type: internal, match: "82", to: {number: "81"}'], ["PBX1606"]),
        (users(a=""), ['rule: x, type: internal, match: "81", to: {number: "82"}, when: mornings',
                       'rule: y, type: internal, match: "82", to: {number: "81"}, '
                       'when: afternoons'], []),
    ],
)  # fmt: skip
def test_a_circle_is_told_when_it_can_be_closed(
    prove: Prove, people: str, rules: list[str], codes: list[str]
) -> None:
    assert told(prove, people, *rules) == codes


def test_a_circle_is_told_once_with_all_of_its_links(prove: Prove) -> None:
    (found,) = prove(more=users(a=to("201"), b=to("202"), c=to("200")))
    assert found.message == (
        "a call is led in a circle: a forwards to 201, b forwards to 202, c forwards to 200"
    )
    assert found.place == ("users", "a", "forward", 0, "to")
    assert found.related == (
        ("b forwards to 202", ("users", "b", "forward", 0, "to")),
        ("c forwards to 200", ("users", "c", "forward", 0, "to")),
    )


def test_where_everybody_forwards_to_everybody_the_search_ends(prove: Prove) -> None:
    assert 9 <= told(prove, everybody_to_everybody(10)).count("PBX1612") <= 90


def test_a_search_that_takes_too_long_is_given_up(prove: Prove) -> None:
    found = prove(more=everybody_to_everybody(20))
    assert [f.code for f in found if f.code == "PBX1699"] == ["PBX1699"]


def everybody_to_everybody(count: int) -> str:
    lines = []
    for place in range(count):
        others = ", ".join(f"{{to: '{n}'}}" for n in range(200, 200 + count) if n != 200 + place)
        lines.append(f"  u{place}: {{name: U, extension: '{200 + place}', forward: [{others}]}}\n")
    return "users:\n" + "".join(lines)
