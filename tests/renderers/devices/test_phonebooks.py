"""Phonebooks on phones: who gets which, merged where a phone takes one; no resync for a name."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from renderers.devices import (
    BookCompiler,
    BookContext,
    DeviceCompiler,
    DeviceFile,
    Families,
    FamilyError,
    Placeholders,
    changed_phones,
    found_in,
    load_families,
    render,
    with_books,
)
from schema.contacts.vcard import read_vcard
from schema.models import Card, Number, Phonebook, System
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
    """What any of them writes, phonebook and profile, has the parts that it has for anybody."""
    (found,) = [one for one in families.families if one.name == family]
    models = found.description.models
    features = found.description.phonebook.file.features if found.description.phonebook.file else ()
    model = next(one for one in models if set(features) <= set(models[one].features))
    phones = {YEALINK: {"model": model, "lines": ["alice"]}}
    shapes, forms = [], []
    for name in ("Anna", *HOSTILE):
        book = {"a": {"name": name, "entries": [{"name": name, "number": "201", "home": "202"}]}}
        files = files_of(system_with(make_system, book, phones=phones), families)
        (content,) = [
            written
            for path, written in files.items()
            if b"202" in written and (path.startswith("phonebooks/") or "directory" in path)
        ]
        assert b"(admin password" not in content
        shapes.append(shape(content))
        forms.append({path: form(written) for path, written in files.items()})
    assert all(one == shapes[0] for one in shapes)
    assert all(one == forms[0] for one in forms)


HOSTILE = (
    '"><&\n]]><evil/>\ufffe',
    "{{ secrets.admin_password }}",
    "Anna, 666\r\nBob;666\\",
    "x\nEND:VCARD\nBEGIN:VCARD\nFN:y\u2028TEL:666\\,",
)


def shape(content: bytes) -> list[object]:
    """The elements of XML; of a list of lines what stands around the values."""
    if content.startswith(b"<?xml"):
        return [(one.tag, sorted(one.attrib)) for one in ElementTree.fromstring(content).iter()]
    lines = lines_of(content)
    if content.startswith(b"BEGIN:VCARD"):
        return [
            (line.partition(":")[0], re.findall(r"(?<!\\)(?:\\\\)*[,;]", line)) for line in lines
        ]
    outside = [line.split('"')[::2] if '", "' in line else [line] for line in lines]
    return [sum(part.count(",") for part in parts) for parts in outside] + [
        line.count('"') for line in lines
    ]


def form(content: bytes) -> list[object]:
    """The elements of XML; of a profile, how many lines it has and what they set."""
    if content.startswith(b"<?xml"):
        return shape(content)
    lines = lines_of(content)
    return [
        len(lines),
        *(found[0] for line in lines if (found := re.match(r"[\w./]+ ?[=:]", line))),
    ]


def lines_of(content: bytes) -> list[str]:
    return re.split("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", content.decode())


def test_a_search_finds_names_and_numbers(
    make_system: Callable[..., System], families: Families
) -> None:
    book = book_of(make_system, families, {"Anna": "301", "Bert": "302"})
    for terms, expected in (
        (("ANN",), ["Anna"]),
        (("302", "*"), ["Bert"]),
        (("*bert*", "302"), ["Bert"]),
        (("Bert", "301"), []),
        (("Annb",), []),
    ):
        assert names_in(found_in(book, terms)) == expected


def test_a_phone_that_asks_for_a_part_gets_it(
    make_system: Callable[..., System], families: Families
) -> None:
    book = book_of(make_system, families, {f"N{n}": f"30{n}" for n in range(5)})
    assert names_in(found_in(book, (), 2, 2)) == ["N1", "N2"]
    assert names_in(found_in(book, (), 5, 9)) == ["N4"]
    assert names_in(found_in(book, (), 6)) == []
    assert found_in(book, ("n", "30")) is book
    part = found_in(book, (), 2, 2).context
    assert isinstance(part, BookContext)
    assert (part.first, part.total, part.whole) == (2, 5, False)


def book_of(make: Callable[..., System], families: Families, numbers: dict[str, str]) -> DeviceFile:
    entries = [{"name": name, "number": number} for name, number in numbers.items()]
    system = system_with(make, {"a": {"entries": entries}})
    devices = DeviceCompiler(families).devices(system)
    files = with_books(devices, BookCompiler().books(system))
    return next(file for file in files if file.name == "phonebook-a.xml")


def names_in(file: DeviceFile) -> list[str | None]:
    found = ElementTree.fromstring(render(file, Placeholders()))
    return [one.text for one in found.iter("Name")]


def test_who_has_several_numbers_of_a_kind_has_several_rows() -> None:
    numbers = (("number", "1"), ("mobile", "2"), ("number", "3"), ("home", "4"))
    card = Card("Anna", tuple(Number(kind, number) for kind, number in numbers))
    assert BookContext("", "", (card,)).rows == (("Anna", "1", "2", "4"), ("Anna", "3", "", ""))


def test_only_models_that_show_phonebooks_get_them(
    make_system: Callable[..., System], families: Families
) -> None:
    """Panasonic's KX-HDV does, KX-UT is not known to."""
    phones = {
        "0080f0000001": {"model": "panasonic-hdv230", "lines": ["alice"]},
        "0080f0000002": {"model": "panasonic-ut136", "lines": ["alice"]},
    }
    files = files_of(system_with(make_system, {"a": {"everybody": True}}, phones=phones), families)
    assert b'XMLAPP_ENABLE="Y"' in files["devices/0080f0000001/Config0080F0000001.cfg"]
    assert b"XMLAPP" not in files["devices/0080f0000002/Config0080F0000002.cfg"]


def test_a_card_is_read_as_it_was_written(
    make_system: Callable[..., System], families: Families
) -> None:
    name = "Brown, Bob; \\ & Sons \u202e\nTEL:666"
    phones = {"02a11ce00001": {"model": "linphone-app", "lines": ["alice"]}}
    book = {"a": {"entries": [{"name": name, "number": "302", "mobile": "*97"}]}}
    files = files_of(system_with(make_system, book, phones=phones), families)
    content = files["phonebooks/a/linphone/phonebook.vcf"]
    assert content.count(b"\r\n") == content.count(b"\n")
    (row,) = read_vcard(content.decode())
    assert row.name == name.replace("\n", " ")
    assert [(one.kind, one.text) for one in row.numbers] == [("number", "302"), ("mobile", "*97")]


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
