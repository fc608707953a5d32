"""Where a tree's files come from, and which of them are read.

`DirectorySource` reads a folder; sync.git reads commits through the same protocol, so that the
bytes of a push are judged before they are checked out. May know: paths, Git's blob ids. May not:
YAML, or what stands in a file.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

MAIN_FILE = "pbx.yaml"
SECTIONS = (
    "system", "nodes", "sites", "groups", "users", "hunt_groups", "phones", "gateways", "schedules",
    "phonebooks", "directories", "dialplan", "prove",
)  # fmt: skip
CONTACTS = "phonebooks"
"""The folder of a section that also holds files of other kinds: contacts for its entries."""
TESTS = "tests"
FAMILIES = "devices"
OTHER_FOLDERS = (TESTS, FAMILIES)
"""Folders of a configuration repository that hold YAML which is not the tree's."""
MAX_FILE_SIZE = 8 * 1024 * 1024

Kind = Literal["file", "symlink", "other"]


class SourceError(Exception):
    """A file cannot be read. `path` is relative to the tree; `reason` is for people."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One file. `blob` is Git's id of the content as hex, or "" when it is not known."""

    path: str
    blob: str
    size: int
    kind: Kind = "file"


class TreeSource(Protocol):
    """A tree at one moment: it answers the same however often it is asked."""

    @property
    def name(self) -> str:
        """For messages: "config/", "commit 1a2b3c4"."""

    def entries(self) -> Sequence[SourceEntry]:
        """All files, links and the like, in any order. Raises SourceError for the whole tree."""

    def read(self, entry: SourceEntry) -> bytes:
        """The content of an entry. Raises SourceError."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries by what is done with them: read in this order, or only warned about."""

    read: tuple[SourceEntry, ...]
    ignored: tuple[SourceEntry, ...]


def select(entries: Iterable[SourceEntry]) -> Selection:
    """Choose the files of a tree: pbx.yaml first, then those of the section folders by name.

    In a section's folder, what is not a file is chosen whatever its name: a link may be a folder's.
    """
    read, ignored = [], []
    for entry in sorted(entries, key=lambda entry: entry.path):
        if belongs(entry.path) or (entry.kind != "file" and _in_section(entry.path)):
            read.append(entry)
        elif _looks_meant(entry.path):
            ignored.append(entry)
    return Selection(tuple(sorted(read, key=lambda e: e.path != MAIN_FILE)), tuple(ignored))


def belongs(path: str) -> bool:
    """Whether a path is one of the files that make the tree."""
    if path == MAIN_FILE:
        return True
    return _in_section(path) and path.endswith(".yaml") and not _hidden(path)


def select_tests(entries: Iterable[SourceEntry]) -> Selection:
    """Choose the files with tests of the dial plan, by name; other YAML there is ignored.

    As with sections, what is not a file is chosen whatever its name.
    """
    inside = [entry for entry in entries if _searched_for_tests(entry.path)]
    inside.sort(key=lambda entry: entry.path)
    read = [e for e in inside if holds_tests(e.path) or e.kind != "file"]
    ignored = [e for e in inside if e.kind == "file" and e.path.endswith(".yml")]
    return Selection(tuple(read), tuple(ignored))


def holds_tests(path: str) -> bool:
    """Whether a path is one of the files with tests of the dial plan."""
    return path.startswith(f"{TESTS}/") and path.endswith(".yaml") and not _hidden(path)


def holds_families(path: str) -> bool:
    """Whether a path is one of the files that make a device family of the tree's own."""
    parts = path.split("/")
    return (
        parts[0] == FAMILIES
        and len(parts) > 2
        and "cases" not in parts
        and path.endswith((".yaml", ".txt", ".j2"))
        and not _hidden(path)
    )


def holds_contacts(path: str) -> bool:
    """Whether a path is a file of contacts that a phonebook may name."""
    return path.startswith(f"{CONTACTS}/") and path.endswith((".csv", ".vcf")) and not _hidden(path)


def blob_id(data: bytes) -> str:
    """Return the id that Git gives to this content (SHA-1 object format)."""
    # Git's own naming, not a matter of security.
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _in_section(path: str) -> bool:
    folder, slash, _ = path.partition("/")
    return bool(slash) and folder in SECTIONS


def _searched(path: str) -> bool:
    return _in_section(path) or path.startswith((f"{TESTS}/", f"{FAMILIES}/"))


def _searched_for_tests(path: str) -> bool:
    return f"{path}/".startswith(f"{TESTS}/") and not _hidden(path)


def _hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


def _looks_meant(path: str) -> bool:
    """YAML that somebody may believe is read: at the top, in a section, or one folder down."""
    folders = path.split("/")[:-1]
    if _hidden(path) or not path.endswith((".yaml", ".yml")):
        return False
    if folders and folders[0] in SECTIONS:
        return True
    return len(folders) < 2 and not (folders and folders[0] in OTHER_FOLDERS)


_READ = (belongs, holds_tests, holds_families, holds_contacts)


class DirectorySource:
    """A folder as it is when it is first asked. Links are reported and never followed."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._root = Path(path)
        self._contents: dict[str, bytes | SourceError] = {}

    @property
    def name(self) -> str:
        """The folder as it was given."""
        return f"{self._root}/"

    def entries(self) -> Sequence[SourceEntry]:
        """All files that may matter. SourceError (path "") when the folder cannot be listed."""
        return self._entries

    def read(self, entry: SourceEntry) -> bytes:
        """The content as of the listing. Raises SourceError."""
        content = self._contents.get(entry.path)
        if content is None:
            raise SourceError(entry.path, "it was not there when the folder was listed")
        if isinstance(content, SourceError):
            raise content
        return content

    @cached_property
    def _entries(self) -> tuple[SourceEntry, ...]:
        return tuple(self._walk("", depth=0))

    def _walk(self, folder: str, depth: int) -> Iterator[SourceEntry]:
        """Sections and tests are searched to the bottom, other folders for what is right there."""
        for found in self._listed(folder):
            path = f"{folder}{found.name}"
            if found.is_symlink():
                yield SourceEntry(path, "", 0, "symlink")
            elif not found.is_dir(follow_symlinks=False):
                yield self._entry(path, found)
            elif not found.name.startswith(".") and (depth == 0 or _searched(path)):
                yield from self._walk_inside(path, depth)

    def _walk_inside(self, path: str, depth: int) -> Iterator[SourceEntry]:
        try:
            yield from self._walk(f"{path}/", depth + 1)
        except SourceError as error:
            if _searched(f"{path}/"):
                self._contents[path] = error
                yield SourceEntry(path, "", 0, "other")

    def _listed(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._root / folder) as listing:
                return list(listing)
        except OSError as error:
            raise SourceError(folder.rstrip("/"), _reason(error)) from error

    def _entry(self, path: str, found: os.DirEntry[str]) -> SourceEntry:
        """Read the file if anybody may ask for it: the id needs the content."""
        if not any(wants(path) for wants in _READ):
            return SourceEntry(path, "", 0)
        try:
            return self._content(path)
        except OSError as error:
            self._contents[path] = SourceError(path, _reason(error))
            return SourceEntry(path, "", 0)

    def _content(self, path: str) -> SourceEntry:
        # Not to follow a link that takes the file's place meanwhile, nor to wait for a pipe.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(self._root / path, flags)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return SourceEntry(path, "", 0, "other")
            if status.st_size > MAX_FILE_SIZE:
                return SourceEntry(path, "", status.st_size)
            data = file.read(MAX_FILE_SIZE + 1)
        self._contents[path] = data
        return SourceEntry(path, blob_id(data), len(data))


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
