"""A directory of the tree as a source of people: asked in full, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import ldap3

from schema.collector import collector_paused
from schema.directories import reading_of
from schema.models import Directory, System
from sync.importing.records import Batch
from sync.ldap.connect import bind_account, connected, first_that_answers
from sync.ldap.notes import Notes
from sync.ldap.pages import Answer, Search, search
from sync.ldap.people import Surroundings, people_of


@dataclass(frozen=True, slots=True)
class LdapSource:
    """`directory` of the tree by its id, with what its sites and numbers depend on.

    `password` is that of the account, opened by whoever may: it is in no message.
    """

    id: str
    directory: Directory
    system: System
    password: str | None = field(default=None, repr=False)

    @property
    def importer(self) -> str:
        """What `managed_by` says in the tree."""
        return f"ldap/{self.id}"

    def read(self) -> Batch:
        """Ask for everybody. Blocks; raises DirectoryError when nobody answers, or not in full.

        A server that breaks off is no answer: the next one is asked for everything.
        """
        return self.batch(first_that_answers(self.id, self.directory, self._ask))

    def batch(self, answers: Sequence[Answer]) -> Batch:
        """What answers, one for each base, say of people."""
        notes = Notes(self.importer)
        for answer in answers:
            _doubts(answer, notes)
        found = [entry for answer in answers for entry in answer.found]
        around = Surroundings(self.system.system, self.system.sites)
        with collector_paused():
            people = people_of(found, self.directory, around, notes)
        return Batch(
            importer=self.importer,
            people=people.people,
            groups=people.groups,
            complete=all(answer.complete for answer in answers),
            unusable=people.unusable,
            warnings=notes.all(),
        )

    def _ask(self, url: str) -> list[Answer]:
        with connected(self.id, self.directory, url) as connection:
            bind_account(connection, self.id, self.directory, self.password)
            return [self._search(connection, base) for base in self.directory.bases]

    def _search(self, connection: ldap3.Connection, base: str) -> Answer:
        directory, reading = self.directory, reading_of(self.directory)
        asked = Search(
            base, reading.filter, directory.scope, reading.attributes(directory),
            directory.page_size, directory.max_people,
        )  # fmt: skip
        return search(connection, self.id, asked)


def _doubts(answer: Answer, notes: Notes) -> None:
    if answer.cut_short:
        message = f"the directory did not say everything: it {answer.cut_short}"
        notes.say("PBX1815", message, "nobody counts as missing until it does")
    # Every Active Directory names its zones of DNS and its configuration below its root.
    elsewhere = [uri for uri in answer.referrals if not _of_microsoft(uri)]
    for uri in sorted(elsewhere):
        message = f"the directory has more at {uri}, which was not asked"
        notes.say("PBX1814", message, "make that server's part a directory of its own, or a base")


def _of_microsoft(uri: str) -> bool:
    names = ("/DC=DomainDnsZones,", "/DC=ForestDnsZones,", "/CN=Configuration,")
    return any(name.casefold() in uri.casefold() for name in names)
