"""A change concerns exactly the phones that would read something else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from renderers.devices import (
    DeviceCompiler,
    Families,
    Placeholders,
    UnknownTimeZone,
    changed_phones,
)
from schema.models import Group, Phone, Settings, Site, System, User

ALICES, BOBS, WATCHER, OTHER = (f"00156500000{n}" for n in range(4))


@pytest.fixture
def system(make_system: Callable[..., System]) -> System:
    return make_system(
        users={
            "alice": {"name": "Alice", "groups": ["sales"], "site": "hq"},
            "bob": {"name": "Bob"},
            "carol": {"name": "Carol"},
        },
        groups={"sales": {}},
        sites={"hq": {}, "branch": {}},
        phones={
            ALICES: {"model": "yealink-t46s", "lines": ["alice"]},
            BOBS: {"model": "poly-vvx400", "lines": ["bob"]},
            WATCHER: {"model": "poly-vvx400", "lines": ["carol"], "keys": [{"blf": "alice"}]},
            OTHER: {"model": "yealink-t21p", "lines": ["carol"], "keys": [{"blf": "bob"}]},
        },
    )


def changed(families: Families, old: System, new: System) -> set[str]:
    """By the incremental compiler, which must agree with two that know nothing."""
    compiler = DeviceCompiler(families)
    before, after = compiler.devices(old), compiler.devices(new)
    found = changed_phones(before, after, Placeholders())
    assert DeviceCompiler(families).devices(new) == after
    fresh = changed_phones(
        DeviceCompiler(families).devices(old), DeviceCompiler(families).devices(new), Placeholders()
    )
    assert found == fresh
    return set(found)


def with_user(system: System, user_id: str, **fields: object) -> System:
    user = system.users[user_id].model_copy(update=fields)
    return replace(system, users={**system.users, user_id: user})


def test_a_new_name_changes_the_profiles_that_show_it(families: Families, system: System) -> None:
    assert changed(families, system, with_user(system, "alice", name="Alicia")) == {ALICES, WATCHER}
    assert changed(families, system, with_user(system, "bob", name="Rob")) == {BOBS, OTHER}


def test_what_no_profile_shows_changes_none(families: Families, system: System) -> None:
    assert changed(families, system, with_user(system, "alice", extension="4711")) == set()
    again = replace(system, users={n: u.model_copy() for n, u in system.users.items()})
    assert changed(families, system, again) == set()


def test_an_epoch_changes_the_profiles_with_a_line_of_the_user(
    families: Families, system: System
) -> None:
    assert changed(families, system, with_user(system, "alice", credential_epoch=2)) == {ALICES}


@pytest.mark.parametrize(
    ("section", "name", "entry", "expected"),
    [
        ("groups", "sales", Group(settings=Settings(language="de")), {ALICES}),
        ("sites", "hq", Site(settings=Settings(language="de")), {ALICES}),
        ("sites", "branch", Site(settings=Settings(language="de")), set()),
        ("phones", BOBS, Phone(model="poly-vvx400", lines=("bob", "alice")), {BOBS}),
        ("phones", BOBS, Phone(model="poly-vvx400", lines=("bob",), description="x"), set()),
    ],
)
def test_inherited_settings_change_those_who_inherit(
    families: Families,
    system: System,
    section: str,
    name: str,
    entry: object,
    expected: set[str],
) -> None:
    new = replace(system, **{section: {**getattr(system, section), name: entry}})
    assert changed(families, system, new) == expected


def test_what_all_phones_read_changes_all(families: Families, system: System) -> None:
    zone = system.system.model_copy(update={"timezone": "Europe/Berlin"})
    assert changed(families, system, replace(system, system=zone)) == set(system.phones)
    node = system.nodes["pbx1"].model_copy(update={"address": "192.0.2.6"})
    assert changed(families, system, replace(system, nodes={"pbx1": node})) == set(system.phones)


def test_a_new_phone_has_nothing_to_fetch_again(families: Families, system: System) -> None:
    fewer = replace(system, phones={k: v for k, v in system.phones.items() if k != OTHER})
    assert changed(families, fewer, system) == set()
    assert changed(families, system, fewer) == set()


def test_phones_that_did_not_change_keep_their_objects(families: Families, system: System) -> None:
    compiler = DeviceCompiler(families)
    before = compiler.files(system)
    after = compiler.files(with_user(system, "bob", name="Rob"))
    same = {path for path, file in after.items() if before[path] is file}
    assert {path.split("/")[1] for path in after.keys() - same} == {BOBS, OTHER}
    assert before is not after


def test_a_phone_of_another_model_leaves_no_file_of_the_old_one(
    families: Families, system: System
) -> None:
    compiler = DeviceCompiler(families)
    compiler.files(system)
    phones = {**system.phones, BOBS: Phone(model="yealink-t46s", lines=("bob",))}
    after = compiler.files(replace(system, phones=phones))
    assert [path for path in after if BOBS in path] == [f"devices/{BOBS}/{BOBS}.cfg"]
    assert changed(families, system, replace(system, phones=phones)) == {BOBS}


def test_a_failed_compile_forgets_nothing(families: Families, system: System) -> None:
    compiler = DeviceCompiler(families)
    before = compiler.devices(system)
    broken = with_user(system, "alice", name="Alicia")
    zone = system.system.model_copy(update={"timezone": "Nowhere/Land"})
    with pytest.raises(UnknownTimeZone):
        compiler.devices(replace(broken, system=zone))
    assert compiler.devices(system) is before
    after = compiler.devices(with_user(system, "bob", name="Rob"))
    assert changed_phones(before, after, Placeholders()) == {BOBS, OTHER}


def test_a_dependency_is_followed_through_several_commits(
    families: Families, system: System
) -> None:
    compiler = DeviceCompiler(families)
    compiler.devices(system)
    watching = Phone.model_validate(
        {"model": "poly-vvx400", "lines": ["bob"], "keys": [{"blf": "carol"}]}
    )
    second = replace(system, phones={**system.phones, BOBS: watching})
    before = compiler.devices(second)
    after = compiler.devices(with_user(second, "carol", name="Caroline"))
    assert changed_phones(before, after, Placeholders()) == {BOBS, WATCHER, OTHER}
    gone = {name: user for name, user in second.users.items() if name != "alice"}
    phones = {mac: phone for mac, phone in second.phones.items() if mac in (BOBS, OTHER)}
    assert set(compiler.devices(replace(second, users=gone, phones=phones))) == {BOBS, OTHER}


def test_a_user_who_comes_back_under_the_same_id_is_noticed(
    families: Families, system: System
) -> None:
    compiler = DeviceCompiler(families)
    before = compiler.devices(system)
    new = replace(system, users={**system.users, "bob": User(name="Another Bob")})
    assert changed_phones(before, compiler.devices(new), Placeholders()) == {BOBS, OTHER}
