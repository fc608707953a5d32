"""What one commit changed, entry by entry: "users/carol" is new, "phones/0015651234ab" is another.

May know: outlines of files, steps of history. May not: what an entry means.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Literal, NamedTuple

from schema.tree import belongs
from sync.blame.changes import FileChange, Step, steps
from sync.blame.files import Files
from sync.blame.outline import Outline, Piece, touched
from sync.blame.values import Entry
from sync.git import Repository

Action = Literal["create", "update", "delete"]


class Touched(NamedTuple):
    """One entry that a commit changed."""

    action: Action
    entry: Entry

    @property
    def name(self) -> str:
        """As people write it: users/carol, rules/local, system."""
        section, id_ = self.entry
        return f"{section}/{id_}" if id_ else section


class Told(NamedTuple):
    """A commit, and what it changed against its first parent; None where it has none."""

    commit: str
    touched: tuple[Touched, ...] | None


def told(repository: Repository, commit: str, limit: int) -> Iterator[Told]:
    """The newest commits from one on back. Raises RepositoryError."""
    files = Files(repository)
    for step in islice(steps(repository, commit), limit):
        yield Told(step.commit, _against_first_parent(files, step) if step.parents else None)


def _against_first_parent(files: Files, step: Step) -> tuple[Touched, ...]:
    """An entry that moved to another file as it was is not touched."""
    before: dict[Entry, Piece] = {}
    after: dict[Entry, Piece] = {}
    for change in step.parents[0][1]:
        if belongs(change.path):
            old, new = _outlines(files, change)
            before |= old
            after |= new
    found = [Touched("delete", entry) for entry in before.keys() - after.keys()]
    found += [Touched("create", entry) for entry in after.keys() - before.keys()]
    both = before.keys() & after.keys()
    found += [Touched("update", each) for each in both if before[each].raw != after[each].raw]
    return tuple(sorted(found, key=lambda one: one.entry))


def _outlines(files: Files, change: FileChange) -> tuple[Outline, Outline]:
    """The entries that may differ; none of a file that cannot be read."""
    old, new = touched(
        files.version(change.path, change.before), files.version(change.path, change.after)
    )
    return (old, new) if old is not None and new is not None else ({}, {})
