"""Records and the entries that they are about.

Somebody keeps their entry whatever becomes of their name; an entry that the importer does not
manage is nobody's to touch. May know: records, the tree. May not: what values are wanted.
"""

from collections.abc import Set
from dataclasses import dataclass, field

from sync.importing.notes import Notes
from sync.importing.policy import Policy
from sync.importing.present import Present
from sync.importing.records import Batch, Person


@dataclass
class Matches:
    """Whose entry is whose: people by the id of their entry, and ids by the wanted user name."""

    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


def match(batch: Batch, present: Present, policy: Policy, notes: Notes) -> Matches:
    """Find each person's entry, or the id of a new one."""
    found = Matches()
    here = {person.source_id for person in batch.people} | batch.unusable
    for person in batch.people:
        id_ = _entry_of(person, present, here, policy, notes)
        if id_ is None:
            continue
        if id_ in found.people:
            other = found.people[id_]
            notes.taken(
                f'user name "{person.user}"',
                ("users", id_),
                person.origin,
                ("users", id_),
                other.origin,
            )
            continue
        found.people[id_] = person
        found.ids[person.user] = id_
    return found


def _entry_of(
    person: Person, present: Present, here: Set[str], policy: Policy, notes: Notes
) -> str | None:
    """The id of the entry for a person, there or new; None when there can be none."""
    known = present.managed.get(person.source_id)
    if known is not None:
        return known
    users = present.system.users
    id_ = present.released.get(person.source_id, person.user)
    entry = users.get(id_)
    if entry is None or policy.takes("users", id_):
        return id_
    if entry.managed_by != present.importer:
        notes.unmanaged(("users", id_), person.origin, entry.managed_by)
        return None
    if entry.managed_id is None:
        return id_  # handed over by hand, and not matched yet
    if entry.managed_id in here:
        notes.taken(
            f'user name "{person.user}"', ("users", id_), person.origin, ("users", id_), "user name"
        )
        return None
    message = f"users/{id_} is now {person.origin}, and was another one at the source before"
    hint = "number and phones stay with the entry; if that is somebody else, give them another name"
    notes.say("PBX1846", message, hint, "users", id_)
    return id_
