"""The lists of users whose state phones show: each phone's lamps as one list (RFC 4662)."""

from collections.abc import Iterator, Mapping

from engine.sip import ResourceList
from schema.change import changed
from schema.models import Phone, System


def list_name(mac: str) -> str:
    """User part of the address of a phone's list."""
    return f"blf.{mac}"


class LampLists:
    """Remembers the lists of the last system: most commits leave most phones alone."""

    def __init__(self) -> None:
        self._lists: dict[str, ResourceList] = {}
        self._phones: Mapping[str, Phone] = {}

    def of(self, system: System) -> Mapping[str, ResourceList]:
        """By name; phones without lamps have none. A mapping that was given out never changes."""
        stale = list(changed(self._phones, system.phones))
        self._phones = system.phones
        if stale:
            self._lists = dict(self._lists)
        for mac in stale:
            self._lists.pop(list_name(mac), None)
            phone = system.phones.get(mac)
            members = dict.fromkeys(_lamps(phone)) if phone is not None else {}
            if phone is not None and members:
                self._lists[list_name(mac)] = ResourceList(phone.lines, tuple(members))
        return self._lists


def _lamps(phone: Phone) -> Iterator[str]:
    for key in phone.keys:
        if key.blf is not None:
            yield key.blf
