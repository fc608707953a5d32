"""Entries of people who are missing: disabled, or deleted with what only they have.

May know: who is due, the tree. May not: when somebody is due.
"""

from collections.abc import Iterator

from sync.importing.draft import Draft
from sync.importing.missing import Absent
from sync.importing.notes import Notes
from sync.importing.present import Present
from sync.writeback import Edit
from sync.writeback.edits import Remove


class Leaving:
    """`deleted` are ids of users; who is named elsewhere stays, and is disabled."""

    def __init__(self, present: Present, absent: Absent, notes: Notes) -> None:
        self._present, self._absent, self._notes = present, absent, notes
        self._phones: dict[str, None] = {}
        due = [present.managed[id_] for id_ in absent.to_delete]
        self.deleted = frozenset(id_ for id_ in due if self._may_go(id_))

    def disabled(self) -> Iterator[Draft]:
        """Drafts for those who are due, and those who cannot be deleted."""
        due = dict.fromkeys((*self._absent.to_disable, *self._absent.to_delete))
        for source_id in due:
            id_ = self._present.managed[source_id]
            if id_ not in self.deleted and self._present.system.users[id_].enabled:
                present = self._present.value("users", id_)
                origin = f"{self._present.importer}, where they are missing,"
                yield Draft(("users", id_), present, {("enabled",): False}, origin)

    def deletions(self) -> Iterator[Edit]:
        """Phones first: they name users."""
        yield from (Remove(("phones", mac)) for mac in self._phones)
        yield from (Remove(("users", id_)) for id_ in sorted(self.deleted))

    def _may_go(self, id_: str) -> bool:
        """Whether nothing else needs a user, but phones of theirs alone that came the same way."""
        places = list(self._present.users_of(id_))
        phones = [place.partition("/")[2] for place in places if self._is_own_phone(place, id_)]
        if len(phones) < len(places):
            others = [place for place in places if place.partition("/")[2] not in phones]
            message = (
                f"users/{id_} is missing at the source and is not deleted: {others[0]} needs it"
            )
            self._notes.say("PBX1848", message, "it is disabled; take it out there", "users", id_)
            return False
        self._phones |= dict.fromkeys(phones)
        return True

    def _is_own_phone(self, place: str, id_: str) -> bool:
        section, _, mac = place.partition("/")
        if section != "phones" or not self._present.is_managed("phones", mac):
            return False
        phone = self._present.system.phones[mac]
        return set(phone.lines) == {id_}
