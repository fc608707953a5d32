"""The tree of a commit as a source of files, straight from Git's objects: nothing is checked out.

Implements schema.tree.TreeSource. Knows paths and blobs; what a file means is schema's matter.
"""

from collections.abc import Sequence
from functools import cached_property

from schema.tree import Kind, SourceEntry, SourceError, belongs
from sync.errors import RepositoryError
from sync.objects import PIPELINE, ObjectReader
from sync.program import GitProgram

KINDS: dict[str, Kind] = {"120000": "symlink", "160000": "other"}
"""Modes that are not plain files: a link, a submodule (git-fast-import(1) lists them all)."""

READ_AHEAD_LIMIT = 1 << 20
"""Bytes. A file above this is read only when asked for by name."""


class CommitSource:
    """The files of one commit or tree object. `name` is for messages: "commit 1a2b3c4"."""

    def __init__(self, git: GitProgram, objects: ObjectReader, revision: str, name: str) -> None:
        self.name = name
        self.revision = revision
        self._git = git
        self._objects = objects
        self._ahead: dict[str, bytes] = {}
        self._expected = 0
        self._window = 1

    def entries(self) -> Sequence[SourceEntry]:
        """Every entry of the tree in Git's order, with blob ids and sizes in bytes.

        Raises SourceError (path "") when the repository cannot be read.
        """
        try:
            return self._entries
        except RepositoryError as error:
            raise SourceError("", str(error)) from None

    def read(self, entry: SourceEntry) -> bytes:
        """The content of a file of `entries()`. Raises SourceError.

        Files read one after the other are fetched in ever longer runs, because a question to
        git costs more than its answer; a single changed file fetches nothing else.
        """
        if entry.kind == "other":
            raise SourceError(entry.path, "it is a submodule, not a file")
        try:
            if entry.blob not in self._ahead:
                self._fetch(entry)
            return self._ahead.pop(entry.blob)
        except RepositoryError as error:
            raise SourceError(entry.path, str(error)) from None

    @cached_property
    def _entries(self) -> tuple[SourceEntry, ...]:
        listing = self._git.run("ls-tree", "-r", "-z", "-l", "--full-tree", self.revision)
        return tuple(parse_line(line) for line in listing.split(b"\0") if line)

    @cached_property
    def _position(self) -> dict[str, int]:
        return {entry.path: place for place, entry in enumerate(self._entries)}

    def _fetch(self, entry: SourceEntry) -> None:
        here = self._position.get(entry.path, 0)
        self._window = min(self._window * 2, PIPELINE) if here == self._expected else 1
        run = self._entries[here + 1 : here + self._window]
        self._expected = here + self._window
        blobs = [entry.blob] + [near.blob for near in run if worth_reading_ahead(near)]
        self._ahead = dict(zip(blobs, self._contents(blobs), strict=True))

    def _contents(self, blobs: list[str]) -> list[bytes]:
        return [found.data for found in self._objects.read_many(blobs)]


def worth_reading_ahead(entry: SourceEntry) -> bool:
    """The tree's own files, of an ordinary size, are what a loader asks for next."""
    return entry.kind == "file" and belongs(entry.path) and entry.size <= READ_AHEAD_LIMIT


def parse_line(line: bytes) -> SourceEntry:
    """`<mode> <kind> <id> <size>\\t<path>`; the size of a submodule is "-" (git-ls-tree(1))."""
    facts, _, path = line.partition(b"\t")
    mode, _, blob, size = facts.decode("ascii").split()
    return SourceEntry(
        path=path.decode("utf-8", "backslashreplace"),
        blob=blob,
        size=int(size) if size.isdigit() else 0,
        kind=KINDS.get(mode, "file"),
    )
