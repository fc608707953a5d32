"""Phonebooks over HTTP: below the URL of a phone whose user gets them, and nowhere else."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import renderers.devices
from renderers.devices import BookCompiler, DeviceCompiler, Families, load_families
from schema.models import Group, Node, Phone, Phonebook, System, SystemSettings, User

from .test_fetching import get

ALICE, BOB = "0015651234ab", "0015651234ac"
THEN, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


def searching() -> Families:
    """The Yealink family, as if its phones sent what somebody looks for."""
    root = Path(renderers.devices.__file__).parent
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in (root / "yealink").rglob("*")
        if path.is_file()
    }
    wanted = files["yealink/model.yaml"].replace(b"  books: 5\n", b"  books: 5\n  search: q\n")
    return load_families({**files, "yealink/model.yaml": wanted})


def serve(site: Any, when: datetime, name: str = "Acme Inc.", model: str = "yealink-t46s") -> None:
    families = searching() if model.startswith("yealink") else load_families()
    system = System(
        system=SystemSettings(domain="example.test"),
        nodes={"pbx1": Node(address="127.0.0.1")},
        sites={},
        groups={"sales": Group()},
        users={
            "alice": User(name="Alice Adams", extension="201", groups=("sales",)),
            "bob": User(name="Bob Brown", extension="202"),
        },
        phones={
            ALICE: Phone(model=model, lines=("alice",)),
            BOB: Phone(model=model, lines=("bob",)),
        },
        gateways={},
        schedules={},
        dialplan=(),
    )
    entry = {"name": name, "number": "+1 212 555 0123"}
    books = {
        "company": Phonebook(everybody=True),
        "customers": Phonebook.model_validate({"entries": [entry], "for": ["sales"]}),
    }
    system = replace(system, phonebooks=books)
    devices = DeviceCompiler(families).devices(system)
    site.server.swap(devices, site.secrets, when, BookCompiler().books(system))


@pytest.fixture
def phonebooks(site: Any) -> Any:
    serve(site, THEN)
    return site


async def test_a_phone_reads_the_phonebooks_of_its_user(phonebooks: Any) -> None:
    status, headers, body = await get(phonebooks.url(ALICE, "phonebook-customers.xml"))
    assert status == 200
    assert headers["Content-Type"] == "text/xml; charset=utf-8"
    assert b"<Name>Acme Inc.</Name>" in body
    assert (await get(phonebooks.url(BOB, "phonebook-company.xml")))[0] == 200


async def test_other_phones_and_strangers_read_nothing(phonebooks: Any) -> None:
    assert (await get(phonebooks.url(BOB, "phonebook-customers.xml")))[0] == 404
    for name in ("phonebook-company.xml", "phonebook-customers.xml", "phonebook-nothing.xml"):
        assert (await get(f"{phonebooks.origin}/{name}"))[0] == 404


async def test_a_phonebook_that_did_not_change_is_not_sent_again(phonebooks: Any) -> None:
    url = phonebooks.url(ALICE, "phonebook-customers.xml")
    _, headers, _ = await get(url)
    assert (await get(url, If_None_Match=headers["ETag"]))[0] == 304
    _, profile, _ = await get(phonebooks.url(ALICE))
    serve(phonebooks, LATER, "Other Inc.")
    status, after, body = await get(url, If_None_Match=headers["ETag"])
    assert status == 200
    assert b"Other Inc." in body
    assert after["Last-Modified"] == "Sun, 01 Mar 2026 00:00:00 GMT"
    _, again, _ = await get(phonebooks.url(ALICE))
    assert again["Last-Modified"] == profile["Last-Modified"]


async def test_a_search_is_answered_and_remembers_nothing(phonebooks: Any) -> None:
    url = phonebooks.url(ALICE, "phonebook-company.xml")
    whole = (await get(url))[2]
    assert whole.count(b"<DirectoryEntry>") == 2
    assert (await get(f"{url}?q=BOB"))[2].count(b"<DirectoryEntry>") == 1
    assert (await get(f"{url}?x=BOB"))[2] == whole
    kept = len(phonebooks.server.access.listing._bodies)
    for term in ("%3C%22%26", "x" * 300, "&".join(["q=a"] * 20), "%ff%00", "q" * 64):
        assert (await get(f"{url}?q={term}"))[0] == 200
    assert len(phonebooks.server.access.listing._bodies) == kept


async def test_a_base_that_asks_as_its_maker_says_gets_the_part_it_asks_for(site: Any) -> None:
    """The queries of Gigaset's bases: white pages by name, by number, and page by page."""
    serve(site, THEN, model="gigaset-n510")
    url = site.url(ALICE, "phonebook.xml")
    white = "?command=get%5flist&type=pb&fn={}&ln={}&ct=%2a&st=%2a&hm={}&nr=%2a&mb=%2a&fx=%2a"
    white += "&sip=%2a&zc=%2a&em=%2a&in=%2a&bp=%2a&lang=9&first=1&count=1&mac=7C2F80D0C183"
    white += "&reqsrc=auto&handsetid=23546&limit=2048"
    for sought, name in ((("*", "bo*", "*"), "Bob Brown"), (("*", "*", "201"), "Alice Adams")):
        assert await listed(url + white.format(*sought)) == (name, ["1", "1", "1"])
    pages = "?command=get_list&type=pr&set_first={}&first={}&count={}"
    assert await listed(url + pages.format("*", 2, 1)) == ("Alice Adams", ["3", "2", "2"])
    assert await listed(url + pages.format("nobody", 1, 9)) == (None, ["0", "1", "0"])
    assert await listed(url) == ("Acme Inc.", ["3", "1", "3"])
    for odd in ("first=-1", "first=99999999999", "count=x", "first=%C2%B2", "count=0"):
        assert (await get(f"{url}?{odd}"))[0] == 200


async def listed(url: str) -> tuple[str | None, list[str | None]]:
    """The first name of a list, and what the list says of itself."""
    status, _, body = await get(url)
    assert status == 200
    found = ElementTree.fromstring(body)
    said = [found.get(name) for name in ("total", "first", "last")]
    return next((one.text for one in found.iter("ln")), None), said
