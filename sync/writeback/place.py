"""Which file of a tree a new entry belongs in: the one that holds its neighbours.

May know: what the files say. May not: how they say it.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from schema.source import Document
from schema.tree import MAIN_FILE

TRAITS = ("site", "groups", "model")
"""What files may be split by, the most telling first."""

Traits = tuple[frozenset[str], ...]
Entries = Mapping[str, Any]


class Places:
    """Finds files for new entries. `user` gives what the tree says of a user, None if nothing."""

    def __init__(self, documents: Mapping[str, Document], user: Callable[[str], Any]) -> None:
        self._documents = documents
        self._user = user
        self._known: dict[tuple[str, Traits], str] = {}

    def file_for(self, section: str, value: Any) -> str:
        """The path of the file for an entry.

        Of the files with this section: one named after a trait of the entry (`phones/hq.yaml`), or
        one most of whose entries share a trait that others do not have, or the one with the most
        entries. Entries of equal traits go together: 10,000 of them are placed at once.
        """
        key = (section, self._traits(value))
        if key not in self._known:
            self._known[key] = self._choose(section, key[1])
        return self._known[key]

    def _choose(self, section: str, wanted: Traits) -> str:
        files = {path: document.root for path, document in self._documents.items()}
        holders = {path: found for path in files if (found := entries_of(files[path], section))}
        if not holders:
            return next((path for path in files if section in files[path]), MAIN_FILE)
        for index, values in enumerate(wanted):
            named = [path for path in holders if PurePosixPath(path).stem in values]
            if len(named) == 1:
                return named[0]
            shares = {path: self._share(holders[path], index, values) for path in holders}
            alike = {path: holders[path] for path, share in shares.items() if share > 0.5}
            if alike and len(alike) < len(holders):
                holders = alike
        return max(holders, key=lambda path: len(holders[path]))

    def _share(self, entries: Entries, index: int, wanted: frozenset[str]) -> float:
        """How many of some entries share a trait."""
        alike = sum(bool(self._trait(entry, TRAITS[index]) & wanted) for entry in entries.values())
        return alike / len(entries)

    def _traits(self, entry: Any) -> Traits:
        return tuple(self._trait(entry, name) for name in TRAITS)

    def _trait(self, entry: Any, name: str) -> frozenset[str]:
        """What an entry says; a phone that does not say it belongs where its first user does."""
        if not isinstance(entry, dict):
            return frozenset()
        own = frozenset(_texts(entry.get(name)))
        first = next(_texts(entry.get("lines")), None)
        if own or first is None:
            return own
        user = self._user(first)
        return frozenset(_texts(user.get(name))) if isinstance(user, dict) else own


def entries_of(root: Mapping[str, Any], section: str) -> Entries:
    """The entries of a section in one file, however broken the file is."""
    entries = root.get(section)
    return entries if isinstance(entries, dict) else {}


def _texts(value: Any) -> Iterator[str]:
    """A text, or the texts of a list."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield item
