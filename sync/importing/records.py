"""What a source outside the tree says of people and phones, whatever kind of source it is.

sync.ldap and sync.tables make these records; the rest of this room compares them with the tree.
May know: the keys of schema.models.User and Phone. May not: directories, tables, Git.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from schema.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Person:
    """What a source says of one person.

    `source_id` is what the source knows the person by for ever: entryUUID or objectGUID of a
    directory, the user name of a table. `user` is the id wanted in the tree; somebody who has an
    entry already keeps that one's id.

    `values` maps keys of schema.models.User to plain YAML data ("name", "extension", "did" as a
    text or a list, "aliases" and "groups" as lists, "email", "site", "enabled", …): only those
    that the source speaks of. A key that is left out, or is None, is one that it says nothing of:
    what the importer wrote there before goes away again.

    `origin` is for messages: the DN, or "people.csv:14".
    """

    source_id: str
    user: str
    values: Mapping[str, Any]
    origin: str


@dataclass(frozen=True, slots=True)
class PhoneRecord:
    """What a source says of one phone: keys of schema.models.Phone ("model", "lines", …).

    `mac` is as the tree writes it: 12 hexadecimal digits in lower case. `lines` names people as
    their `Person.user` does, or users of the tree.
    """

    mac: str
    values: Mapping[str, Any]
    origin: str


@dataclass(frozen=True, slots=True)
class Batch:
    """All that a source said in one run.

    `importer` is what `managed_by` says in the tree: "ldap/corp", "csv/staff". `groups` are ids
    of groups that are to exist. `complete`: the source answered in full, so that whoever is not
    in the batch is missing there; an incomplete one concludes nothing from silence.
    `keeps_unsaid`: a key that the source leaves out keeps the value that it brought before (an
    empty cell of a table), instead of losing it (an attribute that was deleted). `unusable`:
    source ids of people who are there, and of whom nothing can be taken (two with one user name,
    a name that is none): they are not missing, and stay as they are.
    """

    importer: str
    people: tuple[Person, ...] = ()
    phones: tuple[PhoneRecord, ...] = ()
    groups: tuple[str, ...] = ()
    complete: bool = False
    unusable: frozenset[str] = frozenset()
    keeps_unsaid: bool = False
    warnings: tuple[Diagnostic, ...] = field(default=())


class Source(Protocol):
    """Where a batch comes from."""

    def read(self) -> Batch:
        """Ask the source. Blocks; raises SourceUnavailable when it does not answer at all."""


class SourceUnavailable(Exception):  # noqa: N818 - it says what is wrong
    """A source did not answer, or refused; the text says which one and why."""
