"""Everybody comes, whatever the pages, bases and limits; else it is said that somebody may miss."""

import pytest
from asking import source
from directory import BASE, PEOPLE, Member, running

from sync.ldap import SearchRefused


@pytest.mark.parametrize("size", [1, 7, 250, 251, 1000])
def test_all_pages_come(slapd, size):
    batch = source(slapd.url, page_size=size).read()
    assert batch.complete
    assert [person.user for person in batch.people] == sorted(f"u{n}" for n in range(250))


def test_a_directory_of_nobody_is_complete(small):
    batch = source(small.url).read()
    assert batch.complete
    assert batch.people == ()


def test_several_bases_are_asked_and_nobody_counts_twice(small):
    small.add(Member("ann", unit="sales"), Member("bob", unit="support"), Member("cid"))
    bases = [f"ou=sales,{PEOPLE}", f"ou=support,{PEOPLE}"]
    assert [p.user for p in source(small.url, bases=bases).read().people] == ["ann", "bob"]
    bases = [PEOPLE, f"ou=support,{PEOPLE}"]
    assert [p.user for p in source(small.url, bases=bases).read().people] == ["ann", "bob", "cid"]


def test_a_base_that_is_missing_spoils_the_answer_of_the_others(small):
    small.add(Member("ann", unit="sales"))
    with pytest.raises(SearchRefused, match="ou=gone"):
        source(small.url, bases=[f"ou=sales,{PEOPLE}", f"ou=gone,{PEOPLE}"]).read()


def test_scope_says_how_deep(small):
    small.add(Member("ann", unit="sales"), Member("cid"))
    assert [p.user for p in source(small.url, scope="level").read().people] == ["cid"]
    one = source(small.url, scope="base", bases=[Member("ann", unit="sales").dn])
    assert [p.user for p in one.read().people] == ["ann"]


def test_the_filter_says_who_counts(small):
    small.add(Member("ann", mail="ann@corp.test"), Member("bob"))
    assert [p.user for p in source(small.url, filter="(mail=*)").read().people] == ["ann"]
    odd = "(&(objectClass=user)(!(cn=a\\2a\\28nn)))"
    assert [p.user for p in source(small.url, filter=odd).read().people] == ["ann", "bob"]


def test_more_people_than_are_believed_are_refused(slapd):
    with pytest.raises(SearchRefused, match="more than 100 people"):
        source(slapd.url, page_size=50, max_people=100).read()


def test_an_answer_that_was_cut_short_is_not_complete(tmp_path):
    people = [Member(f"u{number}") for number in range(30)]
    with running(tmp_path / "limited", people, limit="size.prtotal=20 size.soft=10") as limited:
        batch = source(limited.url, page_size=10).read()
    assert 0 < len(batch.people) < 30
    assert not batch.complete
    assert [warning.code for warning in batch.warnings] == ["PBX1815"]


def test_a_referral_is_said_and_not_followed(small):
    small.add(Member("ann"))
    text = "changetype: add\nobjectClass: referral\nobjectClass: extensibleObject\nou: far\n"
    url = f"ldap://192.0.2.7/ou=far,{BASE}"
    small.change(f"dn: ou=far,{PEOPLE}\n{text}ref: {url}\n\n")
    batch = source(small.url).read()
    assert [person.user for person in batch.people] == ["ann"]
    assert batch.complete
    (warning,) = batch.warnings
    assert warning.code == "PBX1814"
    assert "192.0.2.7" in warning.message


def test_the_same_directory_gives_the_same_people(slapd):
    asked = source(slapd.url, page_size=60)
    assert asked.read() == asked.read()
