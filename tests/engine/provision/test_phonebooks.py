"""Phonebooks over HTTP: below the URL of a phone whose user gets them, and nowhere else."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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


def serve(site: Any, when: datetime, name: str = "Acme Inc.") -> None:
    families = searching()
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
            ALICE: Phone(model="yealink-t46s", lines=("alice",)),
            BOB: Phone(model="yealink-t46s", lines=("bob",)),
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
