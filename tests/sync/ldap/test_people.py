"""What entries become: names, numbers, groups and sites, as the section `directories` says."""

import uuid

import pytest
from asking import directory, system
from directory import BASE, Member
from hypothesis import given
from hypothesis import strategies as st

from schema.directories import reading_of
from schema.models import Site, User
from sync.ldap import LdapSource
from sync.ldap.groups import as_id
from sync.ldap.pages import Answer, Found


def found(who):
    values = who.entry()
    as_bytes = {
        name.lower(): [v.encode() if isinstance(v, str) else v for v in some]
        for name, some in values.items()
    }
    return Found(who.dn, as_bytes)


def batch_of(*people, places=None, **words):
    asked = LdapSource("corp", directory("ldap://x", **words), system(**(places or {})))
    return asked.batch([Answer(found=[found(who) for who in people], complete=True)])


def one(who, **words):
    (person,) = batch_of(who, **words).people
    return person


def codes(batch):
    return [warning.code for warning in batch.warnings]


def test_active_directory_is_understood_without_a_word():
    who = Member(
        "AAdams", "Alice", "Adams", phone="030 901820-201", extension="201",
        mail="alice@corp.test", groups=("Sales", "Alle Mitarbeiter"),
    )  # fmt: skip
    person = one(who)
    assert person.user == "aadams"
    assert person.source_id == who.source_id
    assert person.origin == who.dn
    assert person.values == {
        "name": "Alice Adams", "extension": "201", "did": "+4930901820201",
        "email": "alice@corp.test", "groups": ["alle-mitarbeiter", "sales"],
    }  # fmt: skip


def test_what_is_made_of_a_person_fits_a_user_of_the_tree():
    person = one(Member("ann", phone="+49 30 901820201", extension="201", groups=("Sales",)))
    assert User.model_validate(person.values).dids == ("+4930901820201",)


def test_an_account_that_is_disabled_is_disabled_here():
    assert one(Member("ann", control=514)).values["enabled"] is False
    assert "enabled" not in one(Member("ann", control=512)).values


@pytest.mark.parametrize(
    ("rule", "disabled"),
    [
        ({"attribute": "title", "values": ["gone", "LEFT"]}, True),
        ({"attribute": "title", "values": ["here"]}, False),
        ({"attribute": "title"}, True),
        ({"attribute": "description"}, False),
        ({"attribute": "userAccountControl", "bits": 512}, True),
    ],
)
def test_who_is_disabled_can_be_said(rule, disabled):
    who = Member("ann", attributes={"title": ["left"]})
    assert ("enabled" in one(who, disabled=rule).values) is disabled


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        ({"attributes": {"user": "mail"}, "user_names": {"remove": "@.*"}}, "ann.adams"),
        ({"user_names": {"strip": 2}}, "n"),
        ({"user_names": {"prefix": "x-", "suffix": ".berlin"}}, "x-ann.berlin"),
        ({"attributes": {"user": "{givenName}.{sn}"}}, "alice.adams"),
        ({"attributes": {"user": "{givenName}.{sn}"}, "user_names": {"lower": False}},
         "Alice.Adams"),
        ({"attributes": {"user": ["employeeNumber", "ipPhone"]}}, "201"),
    ],
)  # fmt: skip
def test_user_names_follow_the_rules(rules, name):
    assert one(Member("ann", extension="201", mail="Ann.Adams@corp.test"), **rules).user == name


def test_a_user_name_that_is_none_is_left_out_and_not_missing():
    who = Member("ann smith")
    batch = batch_of(who, Member("bob"))
    assert [person.user for person in batch.people] == ["bob"]
    assert batch.unusable == {who.source_id}
    assert codes(batch) == ["PBX1811"]
    assert who.dn in batch.warnings[0].message


def test_two_people_with_one_user_name_are_both_left_out_by_name():
    people = Member("ann", unit="a"), Member("ANN", unit="b"), Member("bob")
    batch = batch_of(*people)
    assert [person.user for person in batch.people] == ["bob"]
    assert batch.unusable == {people[0].source_id, people[1].source_id}
    assert codes(batch) == ["PBX1812"]
    assert all(who.dn in batch.warnings[0].message for who in people[:2])


def test_somebody_without_a_user_name_has_no_telephone_and_no_warning():
    batch = batch_of(Member("ann"), attributes={"user": "ipPhone"})
    assert (batch.people, batch.unusable, batch.warnings) == ((), frozenset(), ())


def test_somebody_without_a_lasting_id_is_left_out():
    batch = batch_of(Member("ann", attributes={"objectGUID": []}))
    assert batch.people == ()
    assert codes(batch) == ["PBX1810"]


@pytest.mark.parametrize(
    ("written", "region", "did"),
    [
        ("030 901820-201", "DE", "+4930901820201"),
        ("+49 (0)30 901820-201", "DE", "+4930901820201"),
        ("+1 (212) 555-0123", "DE", "+12125550123"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("tel:+4930901820201", "DE", "+4930901820201"),
        ("020 7946 0123", "GB", "+442079460123"),
    ],
)
def test_a_did_is_read_where_its_person_is(written, region, did):
    sites = {"here": Site(region=region)}
    person = one(Member("ann", phone=written), places=sites, defaults={"site": "here"})
    assert person.values["did"] == did
    assert person.values["site"] == "here"


@pytest.mark.parametrize("written", ["201", "+49 30 901820 ext. 201", "call me", "0" * 60, "+0"])
def test_what_is_no_did_is_said_and_the_person_taken(written):
    batch = batch_of(Member("ann", phone=written))
    assert "did" not in batch.people[0].values
    assert codes(batch) == ["PBX1813"]


@pytest.mark.parametrize(("written", "digits"), [("201", "201"), (" 2-0 1 ", "201")])
def test_an_extension_is_its_digits(written, digits):
    assert one(Member("ann", extension=written)).values["extension"] == digits


@pytest.mark.parametrize("written", ["ann", "+4930123", "1" * 33])
def test_what_is_no_extension_is_said(written):
    batch = batch_of(Member("ann", extension=written))
    assert "extension" not in batch.people[0].values
    assert codes(batch) == ["PBX1813"]


def test_several_numbers_and_aliases_all_count():
    who = Member("ann", attributes={
        "telephoneNumber": ["+49 30 901820202", "+49 30 901820201"],
        "description": ["Annie", "ann", "a n n"], "title": ["boss"],
    })  # fmt: skip
    batch = batch_of(who, attributes={"aliases": ["description", "title"]})
    values = batch.people[0].values
    assert values["did"] == ["+4930901820201", "+4930901820202"]
    assert values["aliases"] == ["annie", "boss"]
    assert codes(batch) == ["PBX1813"]


def test_groups_come_from_attributes_dn_and_membership_by_a_map():
    who = Member(
        "ann", unit="Sales EMEA", groups=("VIP, all", "Others"), attributes={"title": ["Chief"]}
    )
    words = {
        "groups": {
            "attributes": ["title"], "dn": ["ou"],
            "map": {
                "chief": "managers", "sales  emea": "sales", "Others": "others",
                f"CN=VIP\\2C all, OU=groups,{BASE.upper()}": "vip",
            },
        },
        "defaults": {"groups": ["everybody", "sales"]},
    }  # fmt: skip
    escaped = {"memberOf": [f"cn=VIP\\, all,ou=groups,{BASE}", f"cn=x,ou=groups,{BASE}"]}
    person = one(Member(**{**_words(who), "attributes": {**who.attributes, **escaped}}), **words)
    assert person.values["groups"] == ["managers", "sales", "vip", "everybody"]


def _words(who):
    return {name: getattr(who, name) for name in ("login", "unit", "groups")}


def test_parts_of_a_dn_that_everybody_has_are_no_groups():
    who = Member("ann", unit="sales")
    person = one(who, groups={"dn": ["ou"], "member_of": False})
    assert person.values["groups"] == ["sales"]


def test_ldap_reads_groups_from_ou():
    who = Member("ann", extension="201", attributes={"ou": ["Sales"], "entryUUID": ["e-1"]})
    person = one(who, kind="ldap")
    assert (person.user, person.source_id) == ("201", "e-1")
    assert person.values["groups"] == ["sales"]


def test_a_site_is_the_first_that_the_map_knows():
    words = {
        "sites": {"attributes": ["l"], "dn": ["ou"], "map": {"Berlin": "b", "MUC": "m"}},
        "defaults": {"site": "elsewhere"},
    }
    assert one(Member("ann", attributes={"l": ["berlin"]}), **words).values["site"] == "b"
    assert one(Member("ann", unit="muc"), **words).values["site"] == "m"
    assert one(Member("ann", attributes={"l": ["Rome"]}), **words).values["site"] == "elsewhere"


def test_what_everybody_gets_comes_with_the_person():
    defaults = {"permissions": ["local"], "groups": ["staff"]}
    values = one(Member("ann"), defaults=defaults).values
    assert (values["permissions"], values["groups"]) == (["local"], ["staff"])


def test_values_that_are_no_text_do_no_harm():
    who = Member("ann", attributes={
        "displayName": [b"\xff\xfe"], "givenName": ["Ann\nadmin: true\x00"], "sn": ["\u202eAdams"],
        "mail": ["x" * 300], "title": ["\x07"],
    })  # fmt: skip
    person = one(who)
    assert person.values["name"].isprintable()
    assert person.values["name"] == "Ann admin: true Adams"
    assert "email" not in person.values


def test_a_thousand_warnings_of_one_kind_are_told_in_short():
    batch = batch_of(*(Member(f"bad name {number}") for number in range(1000)))
    assert len(batch.warnings) == 51
    assert "950 more" in batch.warnings[-1].message
    assert len(batch.unusable) == 1000


VALUES = st.one_of(st.text(max_size=80), st.binary(max_size=80))


@given(
    st.dictionaries(
        st.sampled_from(list(reading_of(directory("ldap://x")).attributes(directory("ldap://x")))),
        st.lists(VALUES, max_size=3),
    )
)
def test_whatever_a_directory_says_of_people_fits_the_tree(said):
    who = Member("ann", attributes={"objectGUID": [uuid.uuid4().bytes], **said})
    batch = batch_of(who)
    for person in batch.people:
        User.model_validate(person.values)
    assert len(batch.people) + len(batch.unusable) <= 1


@given(st.text(max_size=80))
def test_any_name_of_a_group_becomes_an_id_or_nothing(name):
    id_ = as_id(name)
    assert id_ == "" or User.model_validate({"name": "x", "aliases": [id_]})
    assert as_id(id_) == id_
