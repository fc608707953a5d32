"""What is wrong with one entry by itself: the place, the code, and a hint that can be followed."""

from collections.abc import Callable

import pytest

from schema.diagnostics import Diagnostic
from schema.validate import Validation

Check = Callable[..., Validation]


def only(found: Validation) -> Diagnostic:
    (diagnostic,) = (d for d in found.diagnostics if d.severity == "error")
    return diagnostic


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("extension: 0201", "PBX1104", 'write extension: "0201"'),
        ("extension: 0x10", "PBX1104", 'write extension: "0x10"'),
        ("extension: 1e3", "PBX1104", 'write extension: "1e3"'),
        ("did: +12125550123", "PBX1104", 'write did: "+12125550123"'),
        ("did: [+12125550123]", "PBX1104", 'write did: "+12125550123"'),
        ('did: "(212) 555-0123"', "PBX1107", 'without spaces and separators: "2125550123"'),
        ('did: "2125550123"', "PBX1107", 'with plus and country code, such as "+12125550123"'),
        ("email: true", "PBX1104", 'write email: "true"'),
        ("groups: sales", "PBX1103", "write groups: [sales]"),
        ("email: [a]", "PBX1103", "only one is possible here; remove the brackets or dashes"),
        ("enabled: yes", "PBX1103", "write true"),
        ("enabled: off", "PBX1103", "write false"),
        ("enabled: 1", "PBX1103", "write true or false, without quotes"),
        ('credential_epoch: "2"', "PBX1103", "write the number without quotes: 2"),
        ("credential_epoch: 0", "PBX1106", None),
        ("emial: x", "PBX1101", 'did you mean "email"?'),
        ("Extension: '201'", "PBX1101", 'did you mean "extension"?'),
        ("settings: {timezon: UTC}", "PBX1101", 'did you mean "timezone"?'),
        ("settings:", "PBX1111",
         "it takes a mapping; indent the lines that belong to it, or remove the key"),
        ("forward: [{to: '201', after: 5}]", "PBX1108", "5 seconds are 5s"),
        ("forward: [{to: '201', after: 5 sec}]", "PBX1108", "such as 20s, 5m, 1h, 1h30m"),
        ("forward: [{after: 5s}]", "PBX1102", None),
        ("settings: {transport: sctp}", "PBX1105", None),
        ("aliases: ['a b']", "PBX1107", "letters, digits, '.', '_' and '-', beginning with a "
         "letter or digit"),
    ],
)  # fmt: skip
def test_a_users_mistakes_are_explained(
    check: Check, text: str, code: str, hint: str | None
) -> None:
    found = only(check(f"users:\n  alice:\n    name: Alice\n    {text}\n"))
    assert (found.code, found.file) == (code, "pbx.yaml")
    assert found.range is not None
    assert found.range.start.line == 7
    if hint is not None:
        assert found.hint == hint


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ("users: [a]", "PBX1103"), ("users: text", "PBX1103"), ("dialplan: {a: b}", "PBX1103"),
        ("dialplan: [x]", "PBX1103"), ("users: {alice: text}", "PBX1103"),
        ("users: {alice: [x]}", "PBX1103"), ("users: {alice: }", "PBX1111"),
        ("phones:\n  00:15:65:12:34:56: {model: x, lines: [y]}", "PBX1114"),
        ("phones: {xyz: {model: x, lines: [y]}}", "PBX1113"),
        ("users: {a b: {name: x, extension: '1'}}", "PBX1109"),
    ],
)  # fmt: skip
def test_sections_and_ids_have_shapes_too(check: Check, section: str, code: str) -> None:
    found = check(section + "\n")
    assert code in [d.code for d in found.errors]


def test_the_wrong_item_of_a_list_is_pointed_at(check: Check) -> None:
    found = only(check('users:\n  alice: {name: Alice, did: ["+12125550123", "12"]}\n'))
    assert (found.code, found.place) == ("PBX1107", "pbx.yaml:5:46")


def test_a_wrong_item_makes_no_list_too_short(check: Check) -> None:
    text = "system: {domain: example.test, auth: {algorithms: [md6]}}"
    files = {"pbx.yaml": f"version: 1\n{text}\nnodes: {{pbx1: {{address: 192.0.2.5}}}}\n"}
    assert [d.code for d in check(files=files).errors] == ["PBX1105"]


def test_every_mistake_of_an_entry_is_reported_once(check: Check) -> None:
    found = check(
        "users:\n  alice: {name: 1, did: 2, forward: 3, aliases: {a: b}, x: 4, site: [5]}\n"
    )
    places = [(d.code, d.range.start.column) for d in found.errors if d.range]
    assert places == [
        ("PBX1104", 17), ("PBX1104", 25), ("PBX1103", 37), ("PBX1103", 49), ("PBX1101", 57),
        ("PBX1103", 69),
    ]  # fmt: skip


def test_a_mistake_behind_an_alias_is_shown_at_the_anchor(check: Check) -> None:
    found = check("users:\n  a: {name: A, forward: &f [{to: 1}]}\n  b: {name: B, forward: *f}\n")
    assert [d.place for d in found.errors] == ["pbx.yaml:5:34", "pbx.yaml:5:34"]


def test_merged_keys_are_checked_like_own_ones(check: Check) -> None:
    found = check("users:\n  a: &a {name: A, x: 1}\n  b: {<<: *a, name: B}\n")
    assert [(d.code, d.place) for d in found.errors] == [("PBX1101", "pbx.yaml:5:19")] * 2


def test_a_secret_is_refused_and_not_shown(check: Check) -> None:
    found = only(check("users:\n  alice: {name: !file /etc/hostname}\n"))
    assert found.code == "PBX1110"
    assert "hostname" not in found.message
