"""Edits become one commit on a branch, or none.

When somebody pushes in between, the *edits* are made again on the new tip: no text is merged, so
both changes hold, and where they meet in one key the person's value stays. May know: targets,
edits. May not: what validation says, only whether the tree may run.
"""

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from schema.models import System
from schema.tree import TreeSource
from sync.errors import Overtaken, TreeRefused
from sync.verdict import Judgement
from sync.verify import refuse_own
from sync.writeback.edits import Conflict, Edit
from sync.writeback.note import Note
from sync.writeback.objects import commit_of, source_of, tree_with
from sync.writeback.targets import Target
from sync.writeback.tree import edited

TRIES = 20
"""Times that others may be faster in a row."""

PAUSE = 0.05
"""Seconds to wait at most before the second try; longer before each further one."""


class Found(Judgement, Protocol):
    """What validation found; schema.validate.Validation is one."""

    @property
    def system(self) -> System | None:
        """The tree, when it may run: it says whose commits do."""


Validate = Callable[[TreeSource], Found]


@dataclass(frozen=True)
class Written:
    """What became of edits. `commit` is None when there was nothing to change."""

    base: str
    commit: str | None
    files: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


def write_back(target: Target, edits: Iterable[Edit], note: Note, validate: Validate) -> Written:
    """Commit edits on a branch.

    Raises EditRefused, TreeRefused, CommitRefused, Overtaken, RepositoryError, SourceError; then
    branch, index and files are as they were.
    """
    wanted = tuple(edits)
    with target.turn():
        for attempt in range(TRIES):
            written = _try(target, wanted, note, validate)
            if written is not None:
                return written
            time.sleep(PAUSE * (attempt + 1) * random.random())  # noqa: S311 - nothing secret
    raise Overtaken(target.branch, TRIES)


def _try(target: Target, edits: tuple[Edit, ...], note: Note, validate: Validate) -> Written | None:
    """One attempt on the tip as it stands now; None when the tip moved meanwhile."""
    base = target.tip()
    found = edited(target.repository.tree(base), edits)
    if not found.files:
        return Written(base, None, (), found.conflicts)
    tree = tree_with(target.repository, base, found.files)
    judgement = validate(source_of(target.repository, tree))
    if judgement.system is None:
        raise TreeRefused(judgement.diagnostics)
    commit = commit_of(target.repository, tree, base, note)
    refuse_own(target.repository, judgement.system.system.verify, commit)
    if not target.move(commit, base):
        return None
    return Written(base, commit, tuple(sorted(found.files)), found.conflicts)


def difference(target: Target, written: Written) -> str:
    """What a commit changes, as `git diff` shows it; "" without one."""
    if written.commit is None:
        return ""
    output = target.repository.git.run(
        "diff", "--no-color", "--no-ext-diff", written.base, written.commit
    )
    return output.decode("utf-8", "replace")
