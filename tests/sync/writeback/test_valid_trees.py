"""Any edits of real trees give trees that validate, and say what was meant."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.tree import DirectorySource, select
from schema.validate import validate
from sync.snapshot import KeptFiles
from sync.writeback import ABSENT, Put, Remove
from sync.writeback.tree import edited

ROOT = Path(__file__).parents[3]


def kept(directory: Path) -> KeptFiles:
    source = DirectorySource(directory)
    files = {entry.path: source.read(entry) for entry in select(source.entries()).read}
    return KeptFiles(str(directory), files)


TREES = {
    name: kept(ROOT / "examples" / name if name != "main" else ROOT)
    for name in ("main", "us", "de", "gb")
}
BEFORE = {name: validate(source).system for name, source in TREES.items()}

names = st.text(st.characters(categories=("L", "N", "Zs", "P", "S")), min_size=1, max_size=30)
languages = st.sampled_from(["de", "en", "fr"])


@st.composite
def edits(draw, system):
    """Changes that leave a tree valid, and what has to hold afterwards."""
    user = draw(st.sampled_from(sorted(system.users)))
    other = draw(st.sampled_from(sorted(system.users)))
    phone = draw(st.sampled_from([*sorted(system.phones), "805ec0ffffff"]))
    name = draw(names.filter(str.strip))
    language = draw(languages)
    choices = [
        (Put(("users", user, "name"), name), lambda tree: tree.users[user].name == name),
        (
            Put(("users", other, "settings", "language"), language),
            lambda tree: tree.users[other].settings.language == language,
        ),
        (
            Put(("users", "new.user"), {"name": name, "groups": []}, ABSENT),
            lambda tree: tree.users["new.user"].name == name,
        ),
        (
            Put(("phones", "805ec0000000"), {"model": "m", "lines": [user]}, ABSENT),
            lambda tree: tree.phones["805ec0000000"].lines == (user,),
        ),
        (Remove(("phones", phone)), lambda tree: phone not in tree.phones),
        (Put(("system", "name"), name), lambda tree: tree.system.name == name),
    ]
    return draw(st.lists(st.sampled_from(choices), min_size=1, unique_by=id))


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("name", TREES)
@given(st.data())
def test_edits_of_a_real_tree_hold_and_validate(name, data):
    source, system = TREES[name], BEFORE[name]
    chosen = data.draw(edits(system))
    found = edited(source, [edit for edit, _ in chosen])
    assert found.conflicts == ()
    files = {entry.path: source.read(entry) for entry in source.entries()} | dict(found.files)
    after = validate(KeptFiles("after", files)).system
    assert after is not None
    assert all(holds(after) for _, holds in chosen)
    touched = {edit.path[:2] for edit, _ in chosen}
    for section in ("users", "phones", "gateways", "groups", "sites"):
        for id_, entry in getattr(system, section).items():
            if (section, id_) not in touched:
                assert getattr(after, section)[id_] == entry
    assert after.dialplan == system.dialplan
