"""What entries do to each other. The simplest case of each code is in tests/fixtures/bad."""

import time
from collections.abc import Callable

import pytest

from schema.diagnostics import Diagnostic
from schema.validate import Validation

Check = Callable[..., Validation]
PLAN = """\
gateways: {pstn: {address: 192.0.2.10}}
dialplan:
  - {rule: emergency, type: emergency, match: ["911"], via: [pstn]}
"""


def told(found: Validation) -> list[tuple[str, str]]:
    return [(diagnostic.code, diagnostic.place) for diagnostic in found.diagnostics]


def one(found: Validation, code: str) -> Diagnostic:
    (diagnostic,) = (d for d in found.diagnostics if d.code == code)
    return diagnostic


def test_three_users_of_one_extension_are_all_named(check: Check) -> None:
    users = "".join(f"  {id_}: {{name: N, extension: '201'}}\n" for id_ in ("a", "b", "c"))
    found = check(PLAN + "users:\n" + users)
    assert told(found) == [("PBX1203", "pbx.yaml:8:27")] * 2
    assert [d.related[0].message for d in found.diagnostics] == ["also b's", "also c's"]


def test_the_free_extension_is_free_and_as_long(check: Check) -> None:
    users = "  a: {name: A, extension: '0201'}\n  b: {name: B, extension: '0201'}\n"
    users += "  c: {name: C, extension: '0202'}\n  '0203': {name: D, extension: '0300'}\n"
    hint = one(check(PLAN + "users:\n" + users), "PBX1203").hint
    assert hint is not None
    assert hint.endswith("the next free one after 0201 is 0204")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a: {name: A, extension: '201'}", "'201': {name: B, extension: '202'}"),
        ("a: {name: A, extension: '201', aliases: [b]}", "b: {name: B, extension: '202'}"),
        ("a: {name: A, extension: '201', aliases: [x]}", "b: {name: B, aliases: [x, '2']}"),
        ("a: {name: A, extension: '201'}", "b: {name: B, extension: '202', aliases: ['201']}"),
    ],
)  # fmt: skip
def test_a_name_means_one_user_whatever_kind_of_name(check: Check, first: str, second: str) -> None:
    for users in (f"  {first}\n  {second}\n", f"  {second}\n  {first}\n"):
        assert [code for code, _ in told(check(PLAN + "users:\n" + users))] == ["PBX1205"]


def test_a_users_own_names_may_be_equal(check: Check) -> None:
    text = "users: {'201': {name: A, extension: '201', aliases: ['201', a]}}\n"
    assert told(check(PLAN + text)) == []


def test_a_did_twice_at_one_user_is_twice(check: Check) -> None:
    text = 'users: {a: {name: A, extension: "1", did: ["+12125550201", "+12125550201"]}}\n'
    assert told(check(PLAN + text)) == [("PBX1204", "pbx.yaml:7:44")]


def test_a_number_in_place_of_an_id_names_its_user(check: Check) -> None:
    text = 'users: {alice: {name: A, extension: "201"}}\n'
    text += 'phones: {"0015651234ab": {model: m, lines: ["201"]}}\n'
    assert one(check(PLAN + text), "PBX1202").hint == (
        'write the id of the user with that number: "alice"'
    )


def test_macs_in_other_spellings_are_the_same_phone(check: Check) -> None:
    text = "users: {a: {name: A, extension: '1'}, b: {name: B, extension: '2'}}\nphones:\n"
    text += '  "00:15:65:12:34:AB": {model: m, lines: [a]}\n'
    text += '  "0015.6512.34ab": {model: m, lines: [b]}\n  "0015651234AB": {model: m, lines: [b]}\n'
    codes = [code for code, _ in told(check(PLAN + text))]
    assert sorted(codes) == ["PBX1114"] * 3 + ["PBX1212"] * 2


def test_known_models_decide_and_without_them_all_are_fine(check: Check) -> None:
    text = "users: {a: {name: A, extension: '1'}}\n"
    text += 'phones: {"0015651234ab": {model: yealink-t64g, lines: [a]}}\n'
    assert told(check(PLAN + text)) == []
    assert told(check(PLAN + text, models={"yealink-t64g"})) == []
    assert one(check(PLAN + text, models={"yealink-t46g"}), "PBX1211").hint == (
        'did you mean "yealink-t46g"?'
    )


def test_all_few_choices_are_named_when_none_is_near(check: Check) -> None:
    text = "groups: {sales: {}, office: {}}\nusers: {a: {name: A, extension: '1', groups: [xyz]}}\n"
    assert one(check(PLAN + text), "PBX1206").hint == "groups: sales, office"


def test_sites_are_looked_up_everywhere(check: Check) -> None:
    text = "sites: {hq: {emergency_location: x}}\nusers: {a: {name: A, extension: '1', site: hp}}\n"
    text += 'phones: {"0015651234ab": {model: m, lines: [a], site: hp}}\n'
    files = {
        "gateways/b.yaml": "gateways: {b: {address: 192.0.2.11, site: hp}}\n",
        "nodes/b.yaml": "nodes: {pbx2: {address: 192.0.2.6, site: hp}}\n",
    }
    assert [code for code, _ in told(check(PLAN + text, files))] == ["PBX1207"] * 4


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("sites", "sites: {hq: {timezone: Mars/Base}}"),
        ("settings", "groups: {g: {settings: {timezone: ../etc/passwd}}}"),
        ("schedule", "schedules: {s: {weekly: ['mon 09:00-10:00'], timezone: EDT}}"),
        ("user", "users: {a: {name: A, extension: '1', settings: {timezone: America}}}"),
        ("nothing", "sites: {hq: {timezone: ''}}"),
    ],
)
def test_time_zones_are_looked_up_everywhere(check: Check, place: str, text: str) -> None:
    assert "PBX1116" in [code for code, _ in told(check(PLAN + text + "\n"))], place


@pytest.mark.parametrize(
    ("domain", "hint"),
    [
        ("sip:example.test:5060", 'write "example.test"'),
        ("alice@example.test", 'write "example.test"'),
        ("https://example.test/x", 'write "example.test"'),
        ("exa mple", "such as example.test"),
        ("-x-.test", "such as example.test"),
        ("a" * 64 + ".test", "such as example.test"),
        ("", "such as example.test"),
    ],
)
def test_domains_are_plain_names(check: Check, domain: str, hint: str) -> None:
    text = f'version: 1\nsystem: {{domain: "{domain}"}}\nnodes: {{p: {{address: 192.0.2.5}}}}\n'
    found = one(check(files={"pbx.yaml": text}), "PBX1115")
    assert (found.place, found.hint) == ("pbx.yaml:2:18", hint)


@pytest.mark.parametrize(
    "domain", ["example.test", "localhost", "192.0.2.5", "pbx-1.example.test."]
)
def test_these_are_domains(check: Check, domain: str) -> None:
    text = f"version: 1\nsystem: {{domain: {domain}}}\nnodes: {{p: {{address: 192.0.2.5}}}}\n"
    assert check(files={"pbx.yaml": text}).ok


def nodes(check: Check, text: str, more: str = "") -> list[str]:
    head = f"version: 1\nsystem: {{domain: example.test}}\nnodes: {{{text}}}\n"
    return [code for code, _ in told(check(files={"pbx.yaml": head + more}))]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a: {address: 192.0.2.5}, b: {address: 192.0.2.6}", []),
        ("a: {address: 192.0.2.5}, b: {address: 192.0.2.5}", ["PBX1402"] * 3),
        ("a: {address: 127.0.0.1}, b: {address: 127.0.0.1, sip: {udp: 5070, tcp: 5070}, "
         "http: {port: 8091}}", []),
        ("a: {address: 192.0.2.5, sip: {udp: 8090}}", []),
        ("a: {address: 192.0.2.5, sip: {tcp: 8090}}", ["PBX1402"]),
        ("a: {address: 192.0.2.5, sip: {tcp: 8090}, roles: [router]}", []),
        ("a: {address: '2001:db8::5'}", []),
        ("a: {address: 'fe80::1%eth0'}", ["PBX1404"]),
        ("a: {address: 192.0.2.0/24}", ["PBX1404"]),
        ("a: {address: '::'}", ["PBX1404"]),
        ("a: {address: 192.0.2.5, sip: {udp: null, tcp: null}, roles: [provision]}", ["PBX1406"]),
        ("a: {address: 192.0.2.5, roles: [router]}", []),
    ],
)  # fmt: skip
def test_nodes_can_listen(check: Check, text: str, codes: list[str]) -> None:
    assert nodes(check, text) == codes


@pytest.mark.parametrize(
    ("gateway", "codes"),
    [
        ("{address: sip.example.net}", []),
        ("{address: 'sip.example.net:5080', transport: tcp}", ["PBX1403"]),
        ("{address: '[2001:db8::1]:5060'}", ["PBX1403"]),
        ("{address: '2001:db8::1', enabled: false}", []),
        ("{address: '192.0.2.10:0'}", ["PBX1409"]),
        ("{address: '192.0.2.10:99999'}", ["PBX1409"]),
        ("{address: '192.0.2.300'}", ["PBX1409"]),
        ("{address: ''}", ["PBX1409"]),
        ("{address: 'a b'}", ["PBX1409"]),
        ("{address: '[192.0.2.10]:5060'}", ["PBX1409"]),
        ("{address: 192.0.2.5}", ["PBX1410"]),
        ("{address: example.test}", ["PBX1410"]),
        ("{address: '192.0.2.5:5070'}", []),
        ("{address: sip.example.net, transport: tcp}", ["PBX1403"]),
        ("{address: sip.example.net, probe: off}", []),
        ("{address: sip.example.net, probe: 1m}", []),
        ("{address: sip.example.net, probe: 1s}", ["PBX1106"]),
        ("{address: sip.example.net, probe: often}", ["PBX1108"]),
        ("{address: SIP.example.net}, h: {address: sip.example.NET}", ["PBX1408"]),
        ("{address: sip.example.net}, h: {address: sip.example.net, enabled: false}", []),
    ],
)
def test_gateways_can_be_reached_and_told_apart(
    check: Check, gateway: str, codes: list[str]
) -> None:
    node = "a: {address: 192.0.2.5, sip: {tcp: null}}"
    assert nodes(check, node, f"gateways: {{g: {gateway}}}\n") == codes


def test_phones_need_somebody_to_provision_them(check: Check) -> None:
    more = "users: {a: {name: A, extension: '1'}}\n" + PLAN
    more += 'phones: {"0015651234ab": {model: m, lines: [a]}}\n'
    assert nodes(check, "a: {address: 192.0.2.5, roles: [router]}", more) == ["PBX1406"]


@pytest.mark.parametrize("where", ["system", "group", "user", "phone"])
def test_a_transport_that_no_router_has_is_found_at_every_level(check: Check, where: str) -> None:
    setting = dict.fromkeys(("system", "group", "user", "phone"), "{}")
    setting[where] = "{transport: tcp}"
    text = (
        f"version: 1\nsystem: {{domain: example.test, settings: {setting['system']}}}\n"
        "nodes: {a: {address: 192.0.2.5, sip: {tcp: null}}}\n"
        f"groups: {{g: {{settings: {setting['group']}}}}}\n"
        f"users: {{u: {{name: U, extension: '1', settings: {setting['user']}}}}}\n"
        f'phones: {{"0015651234ab": {{model: m, lines: [u], settings: {setting["phone"]}}}}}\n'
    )
    assert [code for code, _ in told(check(files={"pbx.yaml": text + PLAN}))] == ["PBX1407"]


def rules(check: Check, *lines: str, more: str = "") -> list[str]:
    text = PLAN + "".join(f"  - {{{line}}}\n" for line in lines) + more
    return [code for code, _ in told(check(text))]


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (["rule: a, match: '9.', via: [pstn], allow: []"], []),
        (["rule: a, match: '90', strip: 1, via: [pstn], allow: []"], []),
        (["rule: a, match: '9', strip: 1, via: [pstn], allow: []"], ["PBX1310"]),
        (["rule: a, match: '9.', strip: 5, via: [pstn], allow: []"], []),
        (["rule: a, match: '9', strip: 1, prepend: '5', via: [pstn], allow: []"], []),
        (["rule: a, match: '90', dial: '0', prepend: '1', via: [pstn], allow: []"], ["PBX1303"]),
        (["rule: a, match: '90', type: internal, dial: '1'"], ["PBX1302"]),
        (["rule: a, match: ['9X', '9Y', '8-1'], via: [pstn], allow: []"], ["PBX1301"] * 2),
        (["rule: a, match: '9X', via: [pstn], allow: [], enabled: false",
          "rule: b, match: '9X', via: [pstn], allow: []"], []),
        (["rule: a, match: '9.', via: [pstn], allow: []",
          "rule: b, match: ['91X', '81X'], via: [pstn], allow: []"], []),
    ],
)  # fmt: skip
def test_rules_are_checked_alone(check: Check, lines: list[str], codes: list[str]) -> None:
    assert rules(check, *lines) == codes


def test_a_rule_may_lead_to_a_user(check: Check) -> None:
    more = "users: {a: {name: A, extension: '201'}}\n"
    assert rules(check, "rule: o, type: internal, match: '0', dial: '201'", more=more) == []


@pytest.mark.parametrize("grant", ["users", "groups", "sites"])
def test_a_permission_may_be_granted_anywhere(check: Check, grant: str) -> None:
    give = {"users": "users: {a: {name: A, extension: '1', permissions: [vip]}}\n",
            "groups": "groups: {g: {permissions: [vip]}}\n",
            "sites": "sites: {s: {permissions: [vip]}}\n"}  # fmt: skip
    line = "rule: a, match: '9.', via: [pstn], allow: [vip]"
    assert rules(check, line) == ["PBX1307"]
    assert rules(check, line, more=give[grant]) == []


def test_permissions_named_as_rule_types_are_no_mistake(check: Check) -> None:
    assert rules(check, more="groups: {g: {permissions: [local, international, premium]}}\n") == []


def test_a_pattern_as_extension_of_an_emergency_rule(check: Check) -> None:
    text = PLAN.replace('"911"', '"11X"') + "users: {a: {name: A, extension: '112'}}\n"
    assert told(check(text)) == [("PBX1312", "pbx.yaml:7:33")]


def test_a_tree_without_users_needs_no_emergency_rule(check: Check) -> None:
    assert told(check()) == []


def test_ten_thousand_unknown_users_are_reported_in_seconds(check: Check) -> None:
    users = "".join(f"  user{n:05}: {{name: U, extension: '{20000 + n}'}}\n" for n in range(1000))
    phones = "".join(
        f'  "{n:012x}": {{model: m, lines: [usr{n:05}, "x{n}"]}}\n' for n in range(1000)
    )
    start = time.process_time()
    found = check(PLAN + "users:\n" + users + "phones:\n" + phones)
    assert len(found.errors) == 2000
    assert found.errors[0].hint == 'did you mean "user00000"?'
    assert time.process_time() - start < 30


@pytest.mark.parametrize(
    ("relays", "codes"),
    [
        ('["127.0.0.1:2223", "[::1]:2223"]', []),
        ('["rtp.example.net:2223"]', ["PBX1413"]),
        ('["0.0.0.0:2223"]', ["PBX1413"]),
        ('["127.0.0.1:0"]', ["PBX1413"]),
        ('["127.0.0.1:2223", "127.0.0.1:2223"]', ["PBX1413"]),
        ('["udp:127.0.0.1:2223"]', ["PBX1413"]),
    ],
)
def test_a_media_relay_is_an_address_and_port(check: Check, relays: str, codes: list[str]) -> None:
    assert nodes(check, f"pbx1: {{address: 192.0.2.5, rtpengine: {relays}}}") == codes


def test_a_site_in_no_country_is_told_once(check: Check) -> None:
    factory = "system: {domain: example.test, factory: {via: [pstn]}}"
    sites = 'sites: {hq: {emergency_location: "1 Main St", region: UU, area_code: "30"}}\n'
    text = f"version: 1\n{factory}\nnodes: {{pbx1: {{address: 192.0.2.5}}}}\n{PLAN}{sites}"
    found = check(files={"pbx.yaml": text})
    assert told(found) == [("PBX1117", "pbx.yaml:7:55")]
