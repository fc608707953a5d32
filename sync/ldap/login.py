"""Whether a directory takes somebody's password: by a bind with their own DN.

The person is found by the id that the tree knows them by (entryUUID, objectGUID), which no new
name changes. Whoever is not found costs as much as whoever has another password: a bind all the
same, with a name that nobody has.
"""

import secrets

import ldap3

from schema.directories import reading_of
from schema.models import Directory
from sync.ldap.connect import bind_account, bind_person, connected, first_that_answers
from sync.ldap.pages import Found, Search, search
from sync.ldap.people import is_disabled
from sync.ldap.values import identifier_bytes


def takes_password(
    directory_id: str,
    directory: Directory,
    account_password: str | None,
    source_id: str,
    password: str,
) -> bool:
    """Whether it is the password of that person, who is not disabled. "" for `source_id`: nobody.

    Blocks. Raises DirectoryError when the directory does not answer, or does not take our account.
    """

    def ask(url: str) -> bool:
        with connected(directory_id, directory, url) as connection:
            bind_account(connection, directory_id, directory, account_password)
            person = _person(connection, directory_id, directory, source_id)
            name = person.dn if person is not None else f"cn={secrets.token_hex(8)},{_base}"
            accepted = bind_person(connection, name, password)
        return accepted and person is not None and not _is_disabled(person, directory)

    _base = directory.bases[0]
    return first_that_answers(directory_id, directory, ask)


def _person(
    connection: ldap3.Connection, directory_id: str, directory: Directory, source_id: str
) -> Found | None:
    """The one entry with this id; None when there is none, or several."""
    reading = reading_of(directory)
    escaped = "".join(f"\\{byte:02x}" for byte in identifier_bytes(source_id, reading.id))
    wanted = f"(&{reading.filter}({reading.id}={escaped or '00'}))"
    attributes = (reading.disabled.attribute,) if reading.disabled is not None else ("objectClass",)
    found: dict[str, Found] = {}
    for base in directory.bases:
        asked = Search(base, wanted, directory.scope, attributes, page_size=2, most=2)
        found |= {entry.dn: entry for entry in search(connection, directory_id, asked).found}
    return next(iter(found.values())) if len(found) == 1 else None


def _is_disabled(person: Found, directory: Directory) -> bool:
    rule = reading_of(directory).disabled
    return rule is not None and is_disabled(person, rule)
