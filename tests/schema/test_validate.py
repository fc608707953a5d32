"""From files to a system, or to everything that is wrong; and only changed files cost anything."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.tree import SECTIONS, DirectorySource, SourceEntry, blob_id
from schema.validate import Cache, Validation, validate

USERS = 'users:\n  alice: {name: Alice, extension: "201"}\n  bob: {name: Bob, extension: "202"}\n'
DIALPLAN = """\
gateways: {pstn: {address: 192.0.2.10}}
dialplan:
  - {rule: emergency, type: emergency, match: ["911"], via: [pstn]}
"""
Check = Callable[..., Validation]


class Memory:
    """Files in memory that counts what is read."""

    name = "memory"

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self.reads: list[str] = []

    def entries(self) -> list[SourceEntry]:
        return [
            SourceEntry(path, blob_id(text.encode()), len(text.encode()))
            for path, text in self.files.items()
        ]

    def read(self, entry: SourceEntry) -> bytes:
        self.reads.append(entry.path)
        return self.files[entry.path].encode()


MAIN = (
    "version: 1\nsystem: {domain: example.test}\nnodes: {pbx1: {address: 192.0.2.5}}\n" + DIALPLAN
)


def test_a_valid_tree_is_a_system(check: Check) -> None:
    found = check(DIALPLAN + USERS)
    assert found.ok
    assert found.diagnostics == ()
    assert found.system is not None
    assert found.system.users["alice"].extension == "201"
    assert [rule.rule for rule in found.system.dialplan] == ["emergency"]


def test_sections_may_stand_in_any_file_and_come_in_file_order(check: Check) -> None:
    files = {
        "users/b.yaml": "users: {dora: {name: Dora, extension: '204'}}\n",
        "users/a/deep.yaml": "users: {carol: {name: Carol, extension: '203'}}\nsites: {hq: {}}\n",
        "dialplan/20.yaml": "dialplan: [{rule: b, match: '8X', dial: '201', allow: []}]\n",
        "dialplan/10.yaml": "dialplan: [{rule: a, match: '7X', dial: '201', allow: []}]\n",
    }
    system = check(DIALPLAN + USERS, files).system
    assert system is not None
    assert list(system.users) == ["alice", "bob", "carol", "dora"]
    assert [rule.rule for rule in system.dialplan] == ["emergency", "a", "b"]
    assert list(system.sites) == ["hq"]


def test_empty_sections_and_files_say_nothing(check: Check) -> None:
    assert check(DIALPLAN + "users:\n", {"sites/a.yaml": "", "groups/a.yaml": "# later\n"}).ok


def test_a_warning_does_not_make_a_tree_invalid(check: Check) -> None:
    found = check(DIALPLAN + "users: {alice: {name: Alice}}\n")
    assert [d.code for d in found.diagnostics] == ["PBX1215"]
    assert found.ok
    assert found.errors == ()


def test_everything_wrong_is_reported_in_one_go(check: Check) -> None:
    found = check(
        "users:\n  alice: {name: 1, extension: 2, did: 3, x: 4}\n  bob: {}\n",
        {"sites/a.yaml": "a: [", "groups/b.yaml": "groups: {g: {permissions: x}}\n"},
    )
    assert found.system is None
    assert sorted(d.code for d in found.errors) == [
        "PBX1001", "PBX1101", "PBX1102", "PBX1103", "PBX1104", "PBX1104", "PBX1104",
    ]  # fmt: skip


def test_a_broken_entry_is_not_unknown_to_others(check: Check) -> None:
    found = check(
        DIALPLAN + "users: {alice: {name: 1, extension: '201'}}\nphones:\n"
        '  "0015651234ab": {model: x, lines: [alice], keys: [{blf: alice}]}\n'
    )
    assert [d.code for d in found.diagnostics] == ["PBX1104"]


def test_what_an_unreadable_file_may_define_is_not_unknown(check: Check) -> None:
    found = check(
        DIALPLAN + "users: {alice: {name: A, extension: '201', groups: [sales], site: hq}}\n",
        {"groups/broken.yaml": "groups: [", "sites/broken.yaml": b"\xff"},
    )
    assert sorted(d.code for d in found.diagnostics) == ["PBX1001", "PBX1014"]


def test_a_broken_pbx_yaml_blames_nobody_else(check: Check) -> None:
    found = check("x: [", {"users/a.yaml": "users: {alice: {name: A, groups: [sales]}}\n"})
    assert [d.code for d in found.errors] == ["PBX1001"]


@pytest.mark.parametrize("missing", ["version", "system", "nodes"])
def test_what_every_tree_needs_is_asked_for(write: Any, missing: str) -> None:
    lines = [line for line in MAIN.splitlines() if not line.startswith(missing)]
    found = validate(DirectorySource(write({"pbx.yaml": "\n".join(lines)})))
    expected = {"version": "PBX1021", "system": "PBX1102", "nodes": "PBX1401"}
    assert [d.code for d in found.errors] == [expected[missing]]


@pytest.mark.parametrize("version", ["2", "true", '"1"', "1.0x", "null", "[1]"])
def test_other_versions_are_refused(write: Any, version: str) -> None:
    text = MAIN.replace("version: 1", f"version: {version}")
    found = validate(DirectorySource(write({"pbx.yaml": text})))
    assert [d.code for d in found.errors] == ["PBX1021"]


def test_the_section_system_stands_once(check: Check) -> None:
    found = check("", {"system/main.yaml": "system: {domain: other.test}\n"})
    assert [d.code for d in found.errors] == ["PBX1201"]


def test_an_id_in_three_files_names_the_first_place_twice(check: Check) -> None:
    files = {f"users/{n}.yaml": "users: {carol: {name: Carol, extension: '203'}}\n" for n in "abc"}
    found = [d for d in check(DIALPLAN, files).errors if d.code == "PBX1201"]
    assert [d.place for d in found] == ["users/b.yaml:1:9", "users/c.yaml:1:9"]
    assert {str(d.related[0].at) for d in found} == {"users/a.yaml:1:9"}


def test_origins_know_entries_values_and_what_is_not_written(check: Check) -> None:
    at = check(DIALPLAN + USERS).origins.at
    assert str(at("users", "alice")) == "pbx.yaml:8:3"
    assert str(at("users", "alice", "extension")) == "pbx.yaml:8:35"
    assert str(at("dialplan", "emergency")) == "pbx.yaml:6:12"
    assert str(at("dialplan", "emergency", "match", 0)) == "pbx.yaml:6:48"
    assert str(at("system", "domain")) == "pbx.yaml:2:18"
    assert at("users", "alice", "did") is None
    assert at("users", "nobody") is None
    assert at("system", "timezone") is None


def test_only_changed_files_are_read_again() -> None:
    source = Memory({"pbx.yaml": MAIN, "users/a.yaml": USERS, "sites/a.yaml": "sites: {hq: {}}\n"})
    cache = Cache()
    first = validate(source, cache)
    source.reads.clear()
    source.files = source.files | {"users/a.yaml": USERS.replace("name: Bob", "name: Robert")}
    second = validate(source, cache)
    assert source.reads == ["users/a.yaml"]
    assert first.system is not None
    assert second.system is not None
    assert second.system.users["alice"] is first.system.users["alice"]
    assert second.system.users["bob"].name == "Robert"
    assert second.system.sites["hq"] is first.system.sites["hq"]
    assert second.system.dialplan[0] is first.system.dialplan[0]
    assert second.system.system is first.system.system


def test_an_entry_that_moves_to_another_file_stays_the_same_object() -> None:
    source = Memory({"pbx.yaml": MAIN, "users/a.yaml": USERS})
    cache = Cache()
    first = validate(source, cache)
    source.files = {"pbx.yaml": MAIN, "users/moved.yaml": "# moved\n" + USERS}
    second = validate(source, cache)
    assert first.system is not None
    assert second.system is not None
    assert second.system.users["alice"] is first.system.users["alice"]
    assert str(second.origins.at("users", "alice")) == "users/moved.yaml:3:3"


def test_a_bad_tree_in_between_costs_nothing_afterwards() -> None:
    source = Memory({"pbx.yaml": MAIN, "users/a.yaml": USERS})
    good = dict(source.files)
    cache = Cache()
    first = validate(source, cache)
    source.files = good | {"users/a.yaml": "users: ["}
    assert not validate(source, cache).ok
    source.files = good
    source.reads.clear()
    third = validate(source, cache)
    assert source.reads == []
    assert first.system is not None
    assert third.system is not None
    assert third.system.users["alice"] is first.system.users["alice"]


def test_the_same_text_in_two_files_is_two_files() -> None:
    source = Memory({"pbx.yaml": MAIN, "users/a.yaml": USERS, "users/b.yaml": USERS})
    for cache in (Cache(), None):
        found = [d for d in validate(source, cache).errors if d.code == "PBX1201"]
        assert {d.file for d in found} == {"users/b.yaml"}


def test_true_and_one_are_not_taken_for_each_other() -> None:
    source = Memory({"pbx.yaml": MAIN, "users/a.yaml": USERS.replace("}", ", enabled: true}")})
    cache = Cache()
    assert validate(source, cache).ok
    source.files = source.files | {"users/a.yaml": USERS.replace("}", ", enabled: 1}")}
    assert [d.code for d in validate(source, cache).errors] == ["PBX1103", "PBX1103"]


def test_files_of_earlier_trees_are_forgotten() -> None:
    source = Memory({"pbx.yaml": MAIN, "users/a.yaml": USERS})
    first = dict(source.files)
    cache = Cache()
    for name in ("One", "Two", "Three"):
        source.files = first | {"users/a.yaml": USERS.replace("Alice", name)}
        validate(source, cache)
    source.reads.clear()
    source.files = first | {"users/a.yaml": USERS.replace("Alice", "One")}
    validate(source, cache)
    assert source.reads == ["users/a.yaml"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab01:*#+X.!@ -", max_size=6),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["name", "extension", "lines", "keys", "blf", "match", "rule", "via", "to",
                         "when", "settings", "timezone", "address", "sip", "udp", "did", "forward",
                         "after", "permissions", "weekly", "except", "x", "domain", "region"]),
        inner, max_size=4),
    max_leaves=20,
)  # fmt: skip
ENTRIES = st.dictionaries(
    st.sampled_from(["a", "0015651234ab", "00:15:65:12:34:AB", "b c", "911"]), JUNK
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(SECTIONS), ENTRIES | JUNK | st.lists(JUNK, max_size=3)))
def test_whatever_a_tree_says_the_answer_is_diagnostics(tree: dict[str, Any]) -> None:
    import json

    text = json.dumps(tree | {"version": 1}).replace("NaN", ".nan").replace("Infinity", ".inf")
    found = validate(Memory({"pbx.yaml": text}), models={"m"})
    assert found.system is None or not found.errors
    assert found.system is not None or found.errors
    for diagnostic in found.diagnostics:
        assert diagnostic.message


def test_a_large_tree_is_loaded_once_and_then_hardly_at_all(tmp_path: Path) -> None:
    users = "users:\n" + "".join(
        f"  u{n}: {{name: U{n}, extension: '{20000 + n}'}}\n" for n in range(2000)
    )
    source = Memory({"pbx.yaml": MAIN, "users/a.yaml": users})
    cache = Cache()
    first = validate(source, cache).system
    second = validate(source, cache).system
    assert first is not None
    assert second is not None
    assert all(second.users[id_] is user for id_, user in first.users.items())
    assert source.reads == ["pbx.yaml", "users/a.yaml"]
