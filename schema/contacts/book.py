"""What a phonebook lists, in the order in which phones show it. Pure.

Sorted without any locale, so that every machine comes to the same bytes: by what is left of a name
without case and accents, then by the name itself.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from schema.contacts.number import dialled
from schema.models import Card, Contact, Number, NumberKind, Phonebook, System, User


def entries_of(system: System, phonebook: Phonebook) -> tuple[Card, ...]:
    """All that a phonebook lists, with numbers as they are dialled, each card once."""
    return in_order(
        (
            *_users(system, phonebook),
            *(own for entry in phonebook.entries if (own := _entry(system, entry)) is not None),
            *_contacts(system, phonebook.file),
        )
    )


def in_order(entries: Iterable[Card]) -> tuple[Card, ...]:
    """Sorted by name, without repetitions."""
    return tuple(sorted(dict.fromkeys(entries), key=_place))


def seen_by(system: System, users: Iterable[str]) -> tuple[str, ...]:
    """Ids of the phonebooks that at least one of these users gets, in the order of the tree."""
    groups = {group for user in users for group in system.users[user].groups}
    return tuple(
        id_
        for id_, phonebook in system.phonebooks.items()
        if phonebook.for_ is None or not groups.isdisjoint(phonebook.for_)
    )


def _place(card: Card) -> tuple[str, str, tuple[Number, ...]]:
    return _plain(card.name), card.name, card.numbers


@lru_cache(maxsize=65_536)
def _plain(name: str) -> str:
    """What is left of a name without case and accents."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))


def _users(system: System, phonebook: Phonebook) -> Iterator[Card]:
    groups = set(phonebook.groups)
    for user in system.users.values():
        wanted = phonebook.everybody or not groups.isdisjoint(user.groups)
        number = _number_of(user) if wanted and user.enabled else None
        if number is not None:
            yield Card(user.name, (Number("number", number),))


def _number_of(user: User) -> str | None:
    """What colleagues dial: the extension, or an alias of digits, or the DID."""
    digits = (alias for alias in user.aliases if alias.isdigit())
    return user.extension or next(digits, None) or next(iter(user.dids), None)


def _entry(system: System, contact: Contact) -> Card | None:
    written: tuple[tuple[NumberKind, str | None], ...] = (
        ("number", contact.number), ("mobile", contact.mobile), ("home", contact.home),
    )  # fmt: skip
    return _listed(system, contact.name, ((kind, text) for kind, text in written if text))


def _contacts(system: System, file: str | None) -> Iterator[Card]:
    for card in system.contacts.get(file, ()) if file is not None else ():
        found = _listed(system, card.name, card.numbers)
        if found is not None:
            yield found


def _listed(system: System, name: str, written: Iterable[tuple[NumberKind, str]]) -> Card | None:
    numbers = tuple(
        Number(kind, number)
        for kind, text in written
        if (number := dialled(text, system.system.region)) is not None
    )
    return Card(name, tuple(dict.fromkeys(numbers))) if name and numbers else None
