"""What is exported and imported again is what it was."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables import families, system_of

from engine.tables import surroundings_of
from schema.models import Phone, System, User
from sync.tables import Asked, Form, Table, read_table, written

EMPTY = system_of(
    "version: 1\nsystem: {domain: example.test}\nnodes: {pbx1: {address: 192.0.2.5}}\n"
    "sites: {hq: {}, bern: {region: CH}}\n"
)
NAMES = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n'\"=+-@,;"), min_size=1,
    max_size=20,
).filter(lambda text: bool(text.strip()))  # fmt: skip
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,6}", fullmatch=True)
NUMBERS = st.integers(100, 9999).map(str)
DIDS = st.integers(2000, 2999).map(lambda number: f"+1212555{number}")
MODELS = st.sampled_from(["poly-spip650", "yealink-t46s", "snom-d785", "htek-uc926"])


@st.composite
def systems(draw: st.DrawFn) -> System:
    words = draw(st.lists(st.one_of(IDS, NUMBERS), min_size=1, max_size=12, unique=True))
    dids = draw(st.lists(DIDS, max_size=6, unique=True))
    users: dict[str, User] = {}
    while words:
        id_ = words.pop()
        users[id_] = draw(_user(words, dids))
    macs = draw(st.lists(st.from_regex(r"[0-9a-f]{12}", fullmatch=True), max_size=3, unique=True))
    phones = {mac: draw(_phone(list(users))) for mac in macs}
    return replace(EMPTY, users=users, phones=phones)


@st.composite
def _user(draw: st.DrawFn, words: list[str], dids: list[str]) -> User:
    own = [words.pop() for _ in range(min(len(words), draw(st.integers(0, 2))))]
    extension = next((word for word in own if word.isdigit()), None)
    numbers = [dids.pop() for _ in range(min(len(dids), draw(st.integers(0, 2))))]
    data: dict[str, Any] = {
        "name": draw(NAMES), "extension": extension, "did": numbers or None,
        "aliases": [word for word in own if word != extension],
        "email": draw(st.one_of(st.none(), st.just("a+b@example.test"))),
        "groups": draw(st.lists(st.sampled_from(["sales", "all", "x"]), unique=True)),
        "site": draw(st.sampled_from([None, "hq", "bern"])),
        "permissions": draw(st.lists(st.sampled_from(["local", "mobile"]), unique=True)),
        "caller_id": draw(st.one_of(st.none(), DIDS)), "enabled": draw(st.booleans()),
    }  # fmt: skip
    if len(numbers) == 1 and draw(st.booleans()):
        data["did"] = numbers[0]
    return User.model_validate(data)


@st.composite
def _phone(draw: st.DrawFn, users: list[str]) -> Phone:
    lines = draw(st.lists(st.sampled_from(users), min_size=1, max_size=3, unique=True))
    description = draw(st.one_of(st.none(), NAMES))
    site = draw(st.sampled_from([None, "hq"]))
    data = {"model": draw(MODELS), "lines": lines, "description": description, "site": site}
    return Phone.model_validate(data)


FORMS = st.sampled_from(["plain", "sipxcom"])


def again(system: System, form: Form, tree: System, *, spreadsheet: bool) -> Table:
    content = written(system, form, spreadsheet=spreadsheet)
    table = read_table(content, Asked("csv/staff", "people.csv"), surroundings_of(tree, families()))
    assert table.diagnostics == ()
    return table


@given(systems(), FORMS, st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_tree_hears_no_news_from_its_own_table(
    system: System, form: Form, spreadsheet: bool
) -> None:
    batch = again(system, form, system, spreadsheet=spreadsheet).batch
    assert (batch.people, batch.phones) == ((), ())
    ours = _managed(system)
    batch = again(ours, form, ours, spreadsheet=spreadsheet).batch
    assert {person.user for person in batch.people} == system.users.keys()
    assert {phone.mac for phone in batch.phones} == system.phones.keys()
    assert [entry for entry in (*batch.people, *batch.phones) if entry.values] == []


def _managed(system: System) -> System:
    """The same, all of it by the import."""
    mark = {"managed_by": "csv/staff"}
    users = {id_: user.model_copy(update=mark) for id_, user in system.users.items()}
    phones = {mac: phone.model_copy(update=mark) for mac, phone in system.phones.items()}
    return replace(system, users=users, phones=phones)


@given(systems(), st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_an_empty_tree_becomes_the_same(system: System, spreadsheet: bool) -> None:
    batch = again(system, "plain", EMPTY, spreadsheet=spreadsheet).batch
    users = {one.user: User.model_validate(one.values) for one in batch.people}
    phones = {one.mac: Phone.model_validate(one.values) for one in batch.phones}
    same = replace(EMPTY, users=users, phones=phones)
    assert written(same) == written(system)
    assert written(same, "sipxcom") == written(system, "sipxcom")


@given(systems())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_sipxcoms_columns_lead_to_the_same_people(system: System) -> None:
    batch = again(system, "sipxcom", EMPTY, spreadsheet=False).batch
    for person in batch.people:
        before, after = system.users[person.user], User.model_validate(person.values)
        assert _reached(person.user, before) == _reached(person.user, after)
        assert (before.email, before.groups, before.caller_id) == (
            after.email, after.groups, after.caller_id
        )  # fmt: skip
    assert {one.mac: tuple(one.values["lines"]) for one in batch.phones} == {
        mac: phone.lines for mac, phone in system.phones.items()
    }


def _reached(id_: str, user: User) -> set[str]:
    """All that leads a call to somebody."""
    return {id_, *user.aliases, *user.dids} | ({user.extension} if user.extension else set())


def test_the_order_is_that_of_phones_and_ids_and_not_of_files() -> None:
    users = {name: User(name=name.title()) for name in ("dan", "bob", "al", "carl")}
    phones = {
        mac: Phone(model="yealink-t46s", lines=lines)
        for mac, lines in (("b" * 12, ("dan", "al")), ("a" * 12, ("dan",)))
    }
    system = replace(EMPTY, users=users, phones=phones)
    rows = [line.split(",") for line in written(system).decode().splitlines()[1:]]
    assert [(row[0], row[11]) for row in rows] == [
        ("dan", "a" * 12), ("dan", "b" * 12), ("al", "b" * 12), ("bob", ""), ("carl", ""),
    ]  # fmt: skip
    turned = replace(system, users=dict(reversed(users.items())))
    assert written(turned) == written(system)


@pytest.mark.parametrize("form", ["plain", "sipxcom"])
def test_a_table_for_a_spreadsheet_begins_with_a_mark(form: Form) -> None:
    content = written(EMPTY, form, spreadsheet=True)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")


def test_no_secret_leaves_the_tree() -> None:
    system = replace(EMPTY, users={"al": User(name="Al", credential_epoch=7)})
    header, row = written(system, "sipxcom").decode().splitlines()
    cells = dict(zip(header.split(","), row.split(","), strict=True))
    assert {cells[name] for name in ("PIN", "Voicemail PIN", "SIP password")} == {'""'}
