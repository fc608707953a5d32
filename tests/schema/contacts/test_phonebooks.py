"""What phonebooks list: users, entries and files of contacts, in one order everywhere."""

from pathlib import Path

import pytest

from schema.contacts import dialled, entries_of, seen_by
from schema.models import System
from schema.tree import DirectorySource
from schema.validate import Cache, validate

TREE = """version: 1
system: {domain: example.test}
nodes: {pbx1: {address: 192.0.2.5}}
groups: {sales: {}, staff: {}}
users:
  zoe: {name: Zoë Zebra, extension: "203", groups: [sales]}
  alice: {name: alice adams, extension: "201", groups: [staff]}
  eva: {name: Éva Eisner, did: "+12125550150", groups: [sales]}
  gone: {name: Gone, extension: "299", groups: [sales], enabled: false}
phonebooks:
  company: {everybody: true}
  sales: {groups: [sales], file: customers.csv, for: [sales]}
"""


def system_of(folder: Path, cache: Cache | None = None, tree: str = TREE) -> System:
    (folder / "phonebooks").mkdir(exist_ok=True)
    (folder / "pbx.yaml").write_text(tree)
    contacts = folder / "phonebooks" / "customers.csv"
    if not contacts.exists():
        contacts.write_text("name,number,mobile\nFritz,(212) 555-0123,\nBad,abc,\n")
    found = validate(DirectorySource(folder), cache)
    assert found.system is not None, found.errors
    return found.system


def names(system: System, book: str) -> list[str]:
    return [card.name for card in entries_of(system, system.phonebooks[book])]


def test_users_are_listed_by_name_without_regard_to_case_and_accents(tmp_path: Path) -> None:
    system = system_of(tmp_path)
    assert names(system, "company") == ["alice adams", "Éva Eisner", "Zoë Zebra"]
    listed = entries_of(system, system.phonebooks["company"])
    assert [card.numbers[0].number for card in listed] == ["201", "+12125550150", "203"]


def test_groups_and_files_are_listed_together_and_bad_numbers_left_out(tmp_path: Path) -> None:
    system = system_of(tmp_path)
    assert names(system, "sales") == ["Éva Eisner", "Fritz", "Zoë Zebra"]


def test_a_phonebook_is_for_the_groups_it_names(tmp_path: Path) -> None:
    system = system_of(tmp_path)
    assert seen_by(system, ["zoe"]) == ("company", "sales")
    assert seen_by(system, ["alice"]) == ("company",)
    assert seen_by(system, ["alice", "zoe"]) == ("company", "sales")


def test_contacts_stay_the_same_object_until_their_file_changes(tmp_path: Path) -> None:
    cache = Cache()
    first = system_of(tmp_path, cache).contacts["customers.csv"]
    changed = TREE.replace("alice adams", "Alice Adams")
    assert system_of(tmp_path, cache, changed).contacts["customers.csv"] is first
    (tmp_path / "phonebooks" / "customers.csv").write_text("name,number\nOther,201\n")
    assert system_of(tmp_path, cache).contacts["customers.csv"] is not first


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "phonebooks").mkdir()
    (tmp_path / "phonebooks" / "customers.csv").symlink_to("/etc/passwd")
    (tmp_path / "pbx.yaml").write_text(TREE)
    found = validate(DirectorySource(tmp_path))
    assert {one.code for one in found.errors} == {"PBX1018"}


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("201", "US", "201"), ("*97", "US", "*97"), ("112", "DE", "112"),
        ("(212) 555-0123", "US", "+12125550123"), ("+49 (0)30 123456", "US", "+4930123456"),
        ("030/123456", "DE", "+4930123456"), ("0044 20 7946 0123", "DE", "+442079460123"),
        ("555-0123", "US", None), ("+1", "US", None), ("0", "US", "0"), ("", "US", None),
        ("call me", "US", None), ("201\n9", "US", None), ("9" * 40, "US", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, region: str, number: str | None) -> None:
    assert dialled(text, region) == number
