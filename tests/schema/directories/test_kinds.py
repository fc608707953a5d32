"""What a kind of directory takes for granted, and what its own words change."""

from schema.directories import reading_of
from schema.models import Directory


def directory(**words):
    return Directory.model_validate(
        {"servers": ["ldaps://dc1.example.test"], "bases": ["dc=example"], **words}
    )


def test_ldap_is_read_as_sipxcom_reads_it():
    asked = directory()
    reading = reading_of(asked)
    assert reading.filter == "(objectClass=person)"
    assert reading.attributes(asked) == (
        "entryUUID", "ipPhone", "givenName", "sn", "cn", "mail", "ou"
    )  # fmt: skip
    assert reading.disabled is None


def test_active_directory_is_read_by_its_own_attributes():
    asked = directory(kind="active_directory")
    assert reading_of(asked).attributes(asked) == (
        "objectGUID", "sAMAccountName", "displayName", "givenName", "sn", "cn", "ipPhone",
        "telephoneNumber", "mail", "userAccountControl", "memberOf",
    )  # fmt: skip


def test_own_words_take_the_place_of_defaults():
    asked = directory(
        kind="active_directory",
        attributes={"user": "uid", "did": [], "aliases": ["{mailNickname}", "uid"]},
        groups={"attributes": ["department"], "member_of": False},
        disabled={"attribute": "nsAccountLock"},
        sites={"attributes": ["L"], "map": {"Berlin": "berlin"}},
    )
    assert reading_of(asked).attributes(asked) == (
        "objectGUID", "uid", "displayName", "givenName", "sn", "cn", "ipPhone", "mailNickname",
        "mail", "department", "L", "nsAccountLock",
    )  # fmt: skip


def test_an_attribute_is_asked_for_once_however_it_is_spelled():
    asked = directory(attributes={"email": "MAIL", "aliases": "mail"})
    assert [n for n in reading_of(asked).attributes(asked) if n.lower() == "mail"] == ["mail"]
