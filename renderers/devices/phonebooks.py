"""Phonebooks as phones fetch them: what each lists, merged where a phone takes fewer, as files.

Contents are no part of a phone's own files: phones look at phonebooks when somebody opens them, so
a new name in one is no reason to tell the whole fleet to fetch everything. Pure but for its memory.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from renderers.devices.context import BookContext, BookLink, Device, DeviceContext, DeviceFile
from renderers.devices.escape import shorten
from renderers.devices.family import Family, Phonebook
from schema.change import changed
from schema.contacts import entries_of, in_order, seen_by
from schema.managed import Provisioned
from schema.models import Card, System

LONGEST_SEARCH = 64


def links_of(system: System, phone: Provisioned, family: Family) -> tuple[BookLink, ...]:
    """The phonebooks that a phone's users get, as many as its family takes, else all in one."""
    wanted = family.description.phonebook
    if wanted is None or not system.phonebooks or not _shown(wanted, family, phone):
        return ()
    ids = seen_by(system, phone.lines)
    request = wanted.file.request if wanted.file is not None else ""
    limit = family.description.limits.text
    names = {id_: system.phonebooks[id_].name or id_ for id_ in ids}
    if len(ids) > wanted.books:
        together = shorten(", ".join(names.values()), limit)
        return (BookLink(together, request.replace("{book}", "all"), ids),)
    return tuple(
        BookLink(shorten(name, limit), request.replace("{book}", id_), (id_,))
        for id_, name in names.items()
    )


def _shown(wanted: Phonebook, family: Family, phone: Provisioned) -> bool:
    """Whether the phone's model is one of those that fetch them."""
    features = wanted.file.features if wanted.file is not None else ()
    model = family.description.models[phone.model]
    return not features or not set(features).isdisjoint(model.features)


@dataclass(slots=True)
class Books:
    """What the phonebooks of one system list, by id, and the files that were made of it."""

    single: Mapping[str, BookContext]
    _together: dict[tuple[str, ...], BookContext] = field(default_factory=dict)
    _short: dict[tuple[int, bool, BookLink], BookContext] = field(default_factory=dict)
    _files: dict[tuple[str, str], DeviceFile] = field(default_factory=dict)
    _filled: dict[str, tuple[DeviceFile, DeviceFile]] = field(default_factory=dict)

    def file(self, family: Family, link: BookLink) -> DeviceFile | None:
        """The file that phones of the family fetch for it, if they fetch any."""
        wanted = family.description.phonebook
        if wanted is None or wanted.file is None:
            return None
        key = (family.digest, link.key)
        if key not in self._files:
            contents = self._fitting(family, link)
            self._files[key] = DeviceFile("", link.request, family, wanted.file, contents, False)
        return self._files[key]

    def filled(self, file: DeviceFile) -> DeviceFile:
        """A file of a phone that holds its phonebooks, with them."""
        context = file.context
        if not (file.file.phonebook and isinstance(context, DeviceContext) and context.phonebooks):
            return file
        known = self._filled.get(file.path)
        if known is None or known[0] is not file:
            filled = replace(file, book=self._fitting(file.family, context.phonebooks[0]))
            known = self._filled[file.path] = file, filled
        return known[1]

    def _fitting(self, family: Family, link: BookLink) -> BookContext:
        """With names as long as the family's may be, and as many numbers in an entry."""
        wanted = family.description.phonebook
        limit, single = family.description.limits.text, wanted is not None and wanted.single
        key = (limit, single, link)
        if key not in self._short:
            contents = self._contents(link.books)
            entries = tuple(
                Card(shorten(one.name, limit), numbers)
                for one in contents.entries
                for numbers in (((number,) for number in one.numbers) if single else (one.numbers,))
            )
            self._short[key] = replace(contents, name=link.name, entries=entries)
        return self._short[key]

    def _contents(self, books: tuple[str, ...]) -> BookContext:
        if len(books) == 1:
            return self.single[books[0]]
        if books not in self._together:
            entries = in_order(card for id_ in books for card in self.single[id_].entries)
            self._together[books] = BookContext("", "+".join(books), entries)
        return self._together[books]


def found_in(
    file: DeviceFile, terms: Iterable[str], first: int = 1, count: int | None = None
) -> DeviceFile:
    """A phonebook's file with those entries only that have each of `terms` in their name or
    numbers, from the `first` of them on, no more than `count`. Asterisks around a term stand for
    anything."""
    if not isinstance(file.context, BookContext):
        return file
    wanted = [term[:LONGEST_SEARCH].strip("*").casefold() for term in terms]
    entries = tuple(
        card for card in file.context.entries if all(_has(card, term) for term in wanted)
    )
    part = entries[first - 1 :][:count]
    if len(part) == len(file.context.entries):
        return file
    search = " ".join(filter(None, wanted))
    found = replace(file.context, entries=part, search=search, first=first, found=len(entries))
    return replace(file, context=found)


def _has(card: Card, term: str) -> bool:
    return term in card.name.casefold() or any(term in one.number for one in card.numbers)


def with_books(devices: Mapping[str, Device], books: Books) -> Iterator[DeviceFile]:
    """All files of all phones, phonebooks filled in, and those that they fetch beside them."""
    fetched: dict[str, DeviceFile] = {}
    for device in devices.values():
        for file in device.values():
            yield books.filled(file)
            for link in file.context.phonebooks if isinstance(file.context, DeviceContext) else ():
                book = books.file(file.family, link)
                if book is not None:
                    fetched[book.path] = book
    yield from fetched.values()


@dataclass(slots=True)
class BookCompiler:
    """Compiles the phonebooks of one system after another; the same contents, the same objects."""

    _last: System | None = None
    _books: Books = field(default_factory=lambda: Books({}))

    def books(self, system: System) -> Books:
        """What the phonebooks of `system` list."""
        if self._last is None or _may_differ(self._last, system):
            old = self._books.single
            new = {id_: _contents(system, id_, old.get(id_)) for id_ in system.phonebooks}
            if changed(old, new) or list(old) != list(new):
                self._books = Books(new)
        self._last = system
        return self._books


def _contents(system: System, id_: str, old: BookContext | None) -> BookContext:
    phonebook = system.phonebooks[id_]
    new = BookContext(phonebook.name or id_, id_, entries_of(system, phonebook))
    return old if old == new else new


def _may_differ(old: System, new: System) -> bool:
    return (
        old.system.region != new.system.region
        or bool(changed(old.phonebooks, new.phonebooks))
        or list(old.phonebooks) != list(new.phonebooks)
        or bool(changed(old.contacts, new.contacts))
        or bool(new.phonebooks and changed(old.users, new.users))
    )
