"""`phonebooks:` names and numbers that phones show. The key is the phonebook's id."""

from typing import Literal, NamedTuple

from pydantic import Field

from schema.models.base import Entry, Listed

NumberKind = Literal["number", "mobile", "home"]

CONTACTS_PATTERN = (
    r"^([A-Za-z0-9][A-Za-z0-9_-]{0,62}/){0,3}[A-Za-z0-9][A-Za-z0-9._-]{0,62}\.(csv|vcf)$"
)


class Number(NamedTuple):
    """A number of somebody: as it was written, or as it is dialled."""

    kind: NumberKind
    number: str


class Card(NamedTuple):
    """Somebody with their numbers, from whatever source."""

    name: str
    numbers: tuple[Number, ...]


class Contact(Entry):
    """Somebody who is no user of the system."""

    name: str = Field(min_length=1, max_length=128)
    number: str = Field(
        min_length=1,
        max_length=64,
        description="As people write it: +49 30 123456, (212) 555-0123, or an extension",
    )
    mobile: str | None = Field(None, min_length=1, max_length=64)
    home: str | None = Field(None, min_length=1, max_length=64)


class Phonebook(Entry):
    """One entry of `phonebooks`."""

    name: str | None = Field(
        None, min_length=1, max_length=64, description="What phones call it; default: its id"
    )
    everybody: bool = Field(False, description="List all users that have a number")
    groups: Listed[str] = Field((), description="List the users of these groups")
    entries: Listed[Contact] = Field((), description="List these as well")
    file: str | None = Field(
        None,
        pattern=CONTACTS_PATTERN,
        description="List what stands in this file too: CSV (.csv) or vCard (.vcf), in the folder "
        "`phonebooks/` beside pbx.yaml",
    )
    for_: Listed[str] | None = Field(
        None,
        alias="for",
        description="Groups whose users get it on their phones; default: everybody gets it",
    )
