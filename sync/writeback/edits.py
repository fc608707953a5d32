"""Edits as data, and what they come to in a tree: wanted values file by file, and conflicts.

An edit names what it expects to find. When a person has put something else there meanwhile, the
person's value stays and the conflict is told. May know: documents, paths. May not: text, Git.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from schema.entries import MODELS
from schema.source import Document, Path
from sync.errors import EditRefused
from sync.writeback.place import Places, entries_of
from sync.writeback.rewrite import same


class _Marker:
    """A value that no tree can hold."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ABSENT: Any = _Marker("ABSENT")
"""Nothing there: what an edit that adds an entry expects."""

ANYTHING: Any = _Marker("ANYTHING")
"""Whatever is there is to be replaced."""


class Put(NamedTuple):
    """The value at a path, from the section down: ("users", "alice", "name").

    `value` is plain data. Missing mappings above it are made, but never an entry: that is put as
    a whole, at ("users", "alice").
    """

    path: Path
    value: Any
    expected: Any = ANYTHING


class Remove(NamedTuple):
    """Nothing at a path any more."""

    path: Path
    expected: Any = ANYTHING


Edit = Put | Remove


class Conflict(NamedTuple):
    """An edit that was left out: not what it expected stands at its path, but `found`."""

    edit: Edit
    found: Any

    @property
    def where(self) -> str:
        """The path as `pbx explain` takes it."""
        return "/".join(str(step) for step in self.edit.path)

    def __str__(self) -> str:
        if self.found is ABSENT:
            return f"{self.where} is gone meanwhile; it stays so"
        return f"{self.where} was changed meanwhile; what stands there stays"


@dataclass
class Wanted:
    """What the files of a tree are to say."""

    roots: dict[str, dict[str, Any]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)


def wanted_of(documents: Mapping[str, Document], edits: Iterable[Edit]) -> Wanted:
    """The files that edits change, by path, with their new values. Raises EditRefused."""
    drafts = _Drafts(documents)
    for edit in edits:
        drafts.apply(edit)
    return drafts.wanted


class _Drafts:
    """Copies of what is changed, made once each; all else is shared with the documents."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._own: dict[int, Any] = {}  # kept alive, so that no id is given twice
        self._holders = _holders(documents)
        self._places = Places(documents, self._user)
        self.wanted = Wanted()

    def apply(self, edit: Edit) -> None:
        """Take an edit in, or note its conflict."""
        check_path(edit.path)
        file = self._holders.get(edit.path[:2]) or self._holders.get((edit.path[0], ""))
        found = self._found(file, edit.path)
        if self._is_done(edit, found):
            return
        if edit.expected is not ANYTHING and not same(found, edit.expected):
            self.wanted.conflicts.append(Conflict(edit, found))
        elif isinstance(edit, Remove):
            self._remove(file or "", edit.path)
        else:
            self._put(file, edit)

    def _is_done(self, edit: Edit, found: Any) -> bool:
        return found is ABSENT if isinstance(edit, Remove) else same(found, edit.value)

    def _found(self, file: str | None, path: Path) -> Any:
        value: Any = self._root(file) if file else {}
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return ABSENT
        return value

    def _root(self, file: str) -> dict[str, Any]:
        return self.wanted.roots.get(file) or self._documents[file].root

    def _put(self, file: str | None, edit: Put) -> None:
        path = edit.path
        if file is None and len(path) > 2:
            self.wanted.conflicts.append(Conflict(edit, ABSENT))
            return
        file = file or self._places.file_for(str(path[0]), edit.value)
        at: Any = self._draft(file)
        for step in path[:-1]:
            at = self._own_child(at, step)
            if at is None:
                self.wanted.conflicts.append(Conflict(edit, self._found(file, path[:-1])))
                return
        self._set(at, edit)
        self._holders.setdefault(path[:2], file)

    def _set(self, at: Any, edit: Put) -> None:
        try:
            at[edit.path[-1]] = edit.value
        except (IndexError, TypeError):
            self.wanted.conflicts.append(Conflict(edit, ABSENT))

    def _remove(self, file: str, path: Path) -> None:
        at: Any = self._draft(file)
        for step in path[:-1]:
            at = self._own_child(at, step)
        del at[path[-1]]
        if len(path) == 2:
            self._holders.pop(path, None)

    def _user(self, name: str) -> Any:
        file = self._holders.get(("users", name))
        return self._found(file, ("users", name)) if file else None

    def _draft(self, file: str) -> dict[str, Any]:
        if file not in self._documents:
            raise EditRefused(file, "it does not exist")
        if file not in self.wanted.roots:
            self.wanted.roots[file] = self._copied(dict(self._documents[file].root))
        return self.wanted.roots[file]

    def _own_child(self, container: Any, step: str | int) -> Any:
        """A container's child that may be changed; None where a plain value is."""
        try:
            child = container[step]
        except (KeyError, IndexError):
            child = {}
        if id(child) not in self._own:
            if child is not None and not isinstance(child, dict | list):
                return None
            child = self._copied(list(child) if isinstance(child, list) else dict(child or {}))
            container[step] = child
        return child

    def _copied(self, container: Any) -> Any:
        self._own[id(container)] = container
        return container


def _holders(documents: Mapping[str, Document]) -> dict[tuple[str | int, ...], str]:
    """Which file holds an entry; ("system", "") is the one with the section `system`."""
    found: dict[tuple[str | int, ...], str] = {}
    for file, document in documents.items():
        if "system" in document.root:
            found.setdefault(("system", ""), file)
        for section in MODELS:
            for id_ in entries_of(document.root, section):
                found.setdefault((section, id_), file)
    return found


def check_path(path: Path) -> None:
    """Edits are of entries by id, and of `system`. Raises EditRefused for anything else."""
    if len(path) < 2 or not (path[0] in MODELS or path[0] == "system"):
        where = "/".join(map(str, path)) or "the tree"
        raise EditRefused(where, "only entries with ids, and keys of system, can be written back")
