"""Phonebooks on phones: who gets which, merged where a phone takes one; no resync for a name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from renderers.devices import (
    BookCompiler,
    DeviceCompiler,
    Families,
    FamilyError,
    Placeholders,
    changed_phones,
    found_in,
    load_families,
    render,
    with_books,
)
from schema.models import Phonebook, System
from tests.renderers.devices.test_families import folder

YEALINK, POLY = "0015651234ab", "0004f2aabbcc"


def system_with(make: Callable[..., System], books: dict[str, Any], **sections: Any) -> System:
    phones = {
        YEALINK: {"model": "yealink-t46s", "lines": ["alice"]},
        POLY: {"model": "poly-vvx400", "lines": ["bob"]},
    }
    users = {"alice": {"name": "Alice", "extension": "201"}, "bob": {"name": "Bob"}}
    system = make(**{"phones": phones, "users": users, **sections})
    made = {id_: Phonebook.model_validate(book) for id_, book in books.items()}
    return replace(system, phonebooks=made)


def files_of(system: System, families: Families) -> dict[str, bytes]:
    devices = DeviceCompiler(families).devices(system)
    files = with_books(devices, BookCompiler().books(system))
    return {file.path: render(file, Placeholders()) for file in files}


def test_a_phone_that_takes_fewer_gets_all_in_one(
    make_system: Callable[..., System], families: Families
) -> None:
    books = {
        f"book{n}": {"name": f"Book {n}", "entries": [{"name": f"N{n}", "number": f"20{n}"}]}
        for n in range(6)
    }
    files = files_of(system_with(make_system, books), families)
    profile = files[f"devices/{YEALINK}/{YEALINK}.cfg"].decode()
    assert "/phonebook-all.xml\n" in profile
    key = "+".join(books)
    merged = files[f"phonebooks/{key}/yealink/phonebook-all.xml"]
    assert [one.text for one in ElementTree.fromstring(merged).iter("Name")] == [
        f"N{n}" for n in range(6)
    ]
    directory = ElementTree.fromstring(files[f"devices/{POLY}/{POLY}-directory.xml"])
    assert [one.text for one in directory.iter("ct")] == [f"20{n}" for n in range(6)]


def test_a_name_in_a_phonebook_makes_no_phone_fetch_again(
    make_system: Callable[..., System], families: Families
) -> None:
    compiler, books = DeviceCompiler(families), BookCompiler()
    one = system_with(make_system, {"a": {"entries": [{"name": "Anna", "number": "301"}]}})
    two = system_with(make_system, {"a": {"entries": [{"name": "Bert", "number": "301"}]}})
    before, listed = compiler.devices(one), books.books(one)
    after, relisted = compiler.devices(two), books.books(two)
    assert relisted is not listed
    assert not changed_phones(before, after, Placeholders())
    assert all(after[mac] is before[mac] for mac in before)


def test_phonebooks_that_list_the_same_stay_the_same(make_system: Callable[..., System]) -> None:
    books = BookCompiler()
    one = system_with(make_system, {"a": {"everybody": True}})
    users = {name: user.model_copy(update={"email": "x@y"}) for name, user in one.users.items()}
    assert books.books(replace(one, users=users)) is books.books(one)


def test_who_joins_a_group_gets_its_phonebook(
    make_system: Callable[..., System], families: Families
) -> None:
    compiler = DeviceCompiler(families)
    book = {"a": {"everybody": True, "for": ["sales"]}}
    one = system_with(make_system, book, groups={"sales": {}})
    alice = one.users["alice"].model_copy(update={"groups": ("sales",)})
    before = compiler.devices(one)
    after = compiler.devices(replace(one, users={**one.users, "alice": alice}))
    assert changed_phones(before, after, Placeholders()) == {YEALINK}


@example(name='"><&\n\r]]>')
@example(name="\u202eevil\ufffe\x00")
@example(name="%NULL%")
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=128))
def test_hostile_names_stay_names(
    make_system: Callable[..., System], families: Families, name: str
) -> None:
    book = {"a": {"name": name[:64], "entries": [{"name": name, "number": "201"}]}}
    files = files_of(system_with(make_system, book), families)
    found = ElementTree.fromstring(files["phonebooks/a/yealink/phonebook-a.xml"])
    assert [one.tag for one in found.iter()] == [
        "YealinkIPPhoneDirectory", "Title", "DirectoryEntry", "Name", "Telephone",
    ]  # fmt: skip
    directory = ElementTree.fromstring(files[f"devices/{POLY}/{POLY}-directory.xml"])
    assert [one.tag for one in directory.iter()] == [
        "directory", "item_list", "item", "fn", "ct",
    ]  # fmt: skip
    profile = files[f"devices/{YEALINK}/{YEALINK}.cfg"].decode()
    assert profile.count("remote_phonebook.data.1.name = ") == 1


@pytest.mark.parametrize(
    "family", [one.name for one in load_families().families if one.description.phonebook]
)
def test_every_family_shows_hostile_names_as_names(
    make_system: Callable[..., System], families: Families, family: str
) -> None:
    """What any of them writes has the elements that it has for anybody."""
    (found,) = [one for one in families.families if one.name == family]
    phones = {YEALINK: {"model": next(iter(found.description.models)), "lines": ["alice"]}}
    shapes = []
    for name in ("Anna", '"><&\n]]><evil/>\ufffe', "{{ secrets.admin_password }}"):
        book = {"a": {"name": name, "entries": [{"name": name, "number": "201", "home": "202"}]}}
        files = files_of(system_with(make_system, book, phones=phones), families)
        (content,) = [
            written
            for path, written in files.items()
            if b"202" in written and (path.startswith("phonebooks/") or "directory" in path)
        ]
        shapes.append(shape(content))
    assert shapes[0] == shapes[1] == shapes[2]


def shape(content: bytes) -> list[object]:
    """The elements of XML; of a list of lines what stands around the values."""
    if content.startswith(b"<?xml"):
        return [(one.tag, sorted(one.attrib)) for one in ElementTree.fromstring(content).iter()]
    return [line.count('"') for line in content.decode().splitlines()]


def test_a_search_finds_names_and_numbers(
    make_system: Callable[..., System], families: Families
) -> None:
    entries = [{"name": "Anna", "number": "301"}, {"name": "Bert", "number": "302"}]
    system = system_with(make_system, {"a": {"entries": entries}})
    (book,) = [
        file
        for file in with_books(
            DeviceCompiler(families).devices(system), BookCompiler().books(system)
        )
        if file.name == "phonebook-a.xml"
    ]
    for term, name in (("ANN", b"Anna"), ("302", b"Bert")):
        content = render(found_in(book, term), Placeholders())
        assert content.count(b"<Name>") == 1
        assert b"<Name>" + name in content


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"books: 5", b"books: 0", "books"),
        (b'"phonebook-{book}.xml"', b'"phonebook.xml"', "{book}"),
        (b"phonebook.j2, scope: book", b"phonebook.j2, scope: model", "scope book"),
        (b"template: phonebook.j2", b"template: none.j2", "none.j2"),
    ],
)
def test_a_phonebook_that_cannot_be_is_an_error_of_the_folder(
    old: bytes, new: bytes, says: str
) -> None:
    files = folder("yealink")
    files["mine/model.yaml"] = files["mine/model.yaml"].replace(old, new)
    with pytest.raises(FamilyError, match=says):
        load_families(files)
