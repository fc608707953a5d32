"""Settings come from the nearest level that says something; permissions add up."""

from collections.abc import Callable

import pytest

from schema.explanation import UnknownEntry, explain
from schema.settings import permissions_of, resolve
from schema.validate import Validation

Check = Callable[..., Validation]

TREE = """\
version: 1
system: {domain: example.test, timezone: Europe/Berlin, settings: {language: de, ntp_server: n0}}
nodes: {pbx1: {address: 192.0.2.5}}
sites:
  hq: {emergency_location: x, timezone: Europe/Paris, permissions: [local],
       settings: {language: fr, voicemail_number: "100"}}
groups:
  sales: {permissions: [long_distance], settings: {voicemail_number: "101"}}
  late: {permissions: [local, mobile], settings: {voicemail_number: "102", ntp_server: n1}}
users:
  alice:
    name: Alice
    extension: "201"
    site: hq
    groups: [sales, late]
    permissions: [international]
    settings: {language: en, web_admin: false}
  bob: {name: Bob, extension: "202"}
phones:
  "0015651234ab": {model: m, lines: [alice], settings: {voicemail_number: "*97"}}
gateways: {pstn: {address: 192.0.2.10}}
schedules: {office: {weekly: ["mon-fri 09:00-17:30"], except: ["2026-12-25"]}}
dialplan:
  - {rule: emergency, type: emergency, match: ["911"], via: [pstn]}
  - {rule: local, type: local, match: "9X.", strip: 1, via: [pstn], when: office}
"""


def place(text: str) -> str:
    """Where a text stands in TREE, which has it once."""
    before, found, after = TREE.partition(text)
    assert found
    assert text not in after
    return f"pbx.yaml:{before.count(chr(10)) + 1}:{len(before.rpartition(chr(10))[2]) + 1}"


@pytest.fixture
def valid(check: Check) -> Validation:
    return check(files={"pbx.yaml": TREE})


def test_the_nearest_level_wins(valid: Validation) -> None:
    assert valid.system is not None
    settings = resolve(valid.system, "alice")
    assert settings.language == "en"
    assert settings.voicemail_number == "101"
    assert settings.ntp_server == "n1"
    assert settings.timezone == "Europe/Paris"
    assert settings.web_admin is False
    assert settings.transport is None


def test_without_levels_in_between_the_system_decides(valid: Validation) -> None:
    assert valid.system is not None
    settings = resolve(valid.system, "bob")
    assert (settings.language, settings.timezone) == ("de", "Europe/Berlin")
    assert settings.voicemail_number is None


def test_the_order_of_a_users_groups_counts(check: Check) -> None:
    system = check(files={"pbx.yaml": TREE.replace("[sales, late]", "[late, sales]")}).system
    assert system is not None
    assert resolve(system, "alice").voicemail_number == "102"


def test_a_time_zone_in_settings_is_nearer_than_the_sites_own(check: Check) -> None:
    text = TREE.replace("settings: {language: fr,", "settings: {timezone: UTC, language: fr,")
    system = check(files={"pbx.yaml": text}).system
    assert system is not None
    assert resolve(system, "alice").timezone == "UTC"


def test_permissions_of_all_levels_add_up(valid: Validation) -> None:
    assert valid.system is not None
    assert permissions_of(valid.system, "alice") == {
        "international", "long_distance", "local", "mobile",
    }  # fmt: skip
    assert permissions_of(valid.system, "bob") == frozenset()


def explained(valid: Validation, path: str) -> dict[str, tuple[object, str, str]]:
    assert valid.system is not None
    found = explain(valid.system, valid.origins, path)
    return {v.key: (v.value, v.source, str(v.at or "")) for v in found.values}


def test_an_explanation_names_value_level_and_place(valid: Validation) -> None:
    values = explained(valid, "users/alice")
    assert values["name"] == ("Alice", "", place("Alice\n"))
    assert values["enabled"] == (True, "default", "")
    assert values["settings.language"] == ("en", "", place("en, web"))
    assert values["settings.voicemail_number"] == ("101", "group sales", place('"101"'))
    assert values["settings.timezone"] == ("Europe/Paris", "site hq", place("Europe/Paris"))
    assert values["permission mobile"] == (True, "group late", place("[local, mobile]"))
    assert values["permission international"] == (True, "", place("[international]"))
    assert "did" not in values
    assert list(values).count("permission local") == 1


def test_a_phone_has_its_own_level_before_its_users(valid: Validation) -> None:
    values = explained(valid, "phones/00:15:65:12:34:AB")
    assert values["settings.voicemail_number"] == ("*97", "", place('"*97"'))
    assert values["settings.language"] == ("en", "user alice", place("en, web"))
    assert values["model"] == ("m", "", place("m, lines"))


@pytest.mark.parametrize(
    ("path", "key", "value", "text"),
    [
        ("system", "timezone", "Europe/Berlin", "Europe/Berlin"),
        ("system", "settings.language", "de", "de, ntp"),
        ("dialplan/local", "strip", 1, "1, via"),
        ("gateways/pstn", "answer_within", 5.0, ""),
        ("schedules/office", "except", ("2026-12-25",), '["2026'),
        ("nodes/pbx1", "sip.udp", 5060, ""),
        ("/users/bob/", "extension", "202", '"202"'),
    ],
)
def test_every_kind_of_entry_can_be_explained(
    valid: Validation, path: str, key: str, value: object, text: str
) -> None:
    found = explained(valid, path)[key]
    assert (found[0], found[2]) == (value, place(text) if text else "")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("users/alcie", 'there is no user "alcie"; did you mean "alice"?'),
        ("user/alice", 'there is no section "user"; did you mean "users"?'),
        ("users", '"users" names a whole section; such as users/ID'),
        ("dialplan/lcoal", 'there is no rule "lcoal"; did you mean "local"?'),
    ],
)
def test_an_unknown_path_is_answered_with_a_near_one(
    valid: Validation, path: str, message: str
) -> None:
    assert valid.system is not None
    with pytest.raises(UnknownEntry) as caught:
        explain(valid.system, valid.origins, path)
    assert str(caught.value).startswith(message)


def test_the_views_of_an_explanation_say_the_same(valid: Validation) -> None:
    assert valid.system is not None
    found = explain(valid.system, valid.origins, "users/alice")
    text, data = found.as_text(), found.as_json()
    assert text.splitlines()[0] == "users/alice  (pbx.yaml:11:3)"
    assert "  settings.timezone          Europe/Paris" in text
    assert (data["path"], data["file"], data["line"]) == ("users/alice", "pbx.yaml", 11)
    by_key = {value["key"]: value for value in data["values"]}
    assert by_key["settings.timezone"] == {
        "key": "settings.timezone", "value": "Europe/Paris", "source": "site hq",
        "file": "pbx.yaml", "line": 5,
    }  # fmt: skip
    assert by_key["groups"]["value"] == ["sales", "late"]
    assert len(text.splitlines()) == len(data["values"]) + 1
