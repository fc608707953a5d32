"""What records want of entries, slot by slot.

May know: records, the keys that an import may speak of. May not: whose values are.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sync.importing.draft import Draft, Slot
from sync.importing.notes import Notes
from sync.importing.policy import Memory, Policy
from sync.importing.present import Present
from sync.importing.records import Batch, Person, PhoneRecord

UNSAID = ("did", "aliases", "email", "groups", "site", "permissions", "caller_id")
"""Keys of a user that go again when the source does not speak of them any more. An extension
stays: it is somebody's number."""
UNSAID_OF_PHONES = ("description", "site")
ENABLED = ("enabled",)


class Wanting:
    """Makes drafts of records."""

    def __init__(
        self, batch: Batch, present: Present, policy: Policy, memory: Memory, notes: Notes
    ) -> None:
        self._batch, self._present, self._policy = batch, present, policy
        self._memory, self._notes = memory, notes

    def person(self, id_: str, person: Person) -> Draft:
        """The entry of somebody, as their source has it."""
        present = self._present.value("users", id_)
        values = {key: value for key, value in person.values.items() if value is not None}
        aliases = self._aliases(id_, person, present)
        if aliases is not None:
            values["aliases"] = aliases
        if present is None:
            values.setdefault("name", person.user)
        enabled = values.pop("enabled", None)
        wanted = self._slots(values, present, UNSAID)
        wanted |= self._enabled(enabled, present, person)
        wanted["managed_by",] = self._batch.importer
        wanted["managed_id",] = person.source_id if person.source_id != id_ else None
        return Draft(("users", id_), present, wanted, person.origin)

    def phones(self, ids: Mapping[str, str]) -> Iterator[Draft]:
        """The entries of phones; `ids` are those of people by their user names."""
        for phone in self._batch.phones:
            present = self._present.value("phones", phone.mac)
            entry = ("phones", phone.mac)
            managed = self._present.is_managed(*entry)
            if present is None or managed or self._policy.takes(*entry):
                yield self._phone(phone, present, ids)
            else:
                whose = self._present.system.phones[phone.mac].managed_by
                self._notes.unmanaged(entry, phone.origin, whose)

    def _phone(
        self, phone: PhoneRecord, present: Mapping[str, Any] | None, ids: Mapping[str, str]
    ) -> Draft:
        values = {key: value for key, value in phone.values.items() if value is not None}
        if "lines" in values:
            values["lines"] = [ids.get(line, line) for line in values["lines"]]
        wanted = self._slots(values, present, UNSAID_OF_PHONES)
        wanted["managed_by",] = self._batch.importer
        return Draft(("phones", phone.mac), present, wanted, phone.origin)

    def _slots(
        self, values: Mapping[str, Any], present: Mapping[str, Any] | None, unsaid: tuple[str, ...]
    ) -> dict[Slot, Any]:
        wanted = dict(_flat((), values))
        if not self._batch.keeps_unsaid:
            gone = [key for key in unsaid if key in (present or {}) and (key,) not in wanted]
            wanted |= {(key,): None for key in gone}
        return wanted

    def _aliases(
        self, id_: str, person: Person, present: Mapping[str, Any] | None
    ) -> list[str] | None:
        """Those that the source has, and the user name where the entry has another one."""
        said = person.values.get("aliases")
        if person.user == id_:
            return None if said is None else [alias for alias in said if alias != id_]
        if said is None and self._batch.keeps_unsaid:
            said = (present or {}).get("aliases", ())
        return list(dict.fromkeys([*(alias for alias in said or () if alias != id_), person.user]))

    def _enabled(
        self, said: Any, present: Mapping[str, Any] | None, person: Person
    ) -> dict[Slot, Any]:
        """Whoever was disabled as missing is enabled again; `enabled: true` is not written."""
        if said is False:
            return {ENABLED: False}
        if (present or {}).get("enabled") is not False:
            return {}
        unsaid = said is None and self._batch.keeps_unsaid
        return {} if unsaid and person.source_id not in self._memory.missing else {ENABLED: None}


def _flat(path: Slot, values: Mapping[str, Any]) -> Iterator[tuple[Slot, Any]]:
    """Values by slot; lists are values."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat((*path, key), value)
        else:
            yield (*path, key), list(value) if isinstance(value, tuple) else value
