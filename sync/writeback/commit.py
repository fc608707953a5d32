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


@dataclass(frozen=True)
class Proposal:
    """What edits would make: a tree that no commit has, and what it says; None for no change."""

    base: str
    tree: str | None
    files: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    system: System | None = None


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


def propose(target: Target, edits: Iterable[Edit], validate: Validate) -> Proposal:
    """What edits would make of the branch as it stands now. Nothing moves.

    Raises as write_back does.
    """
    base = target.tip()
    found = edited(target.repository.tree(base), edits)
    files = tuple(sorted(found.files))
    if not files:
        return Proposal(base, None, (), found.conflicts)
    tree = tree_with(target.repository, base, found.files)
    judgement = validate(source_of(target.repository, tree))
    if judgement.system is None:
        raise TreeRefused(judgement.diagnostics)
    return Proposal(base, tree, files, found.conflicts, judgement.system)


def _try(target: Target, edits: tuple[Edit, ...], note: Note, validate: Validate) -> Written | None:
    """One attempt on the tip as it stands now; None when the tip moved meanwhile."""
    proposed = propose(target, edits, validate)
    if proposed.tree is None or proposed.system is None:
        return Written(proposed.base, None, (), proposed.conflicts)
    commit = commit_of(target.repository, proposed.tree, proposed.base, note)
    refuse_own(target.repository, proposed.system.system.verify, commit)
    if not target.move(commit, proposed.base):
        return None
    return Written(proposed.base, commit, proposed.files, proposed.conflicts)


def difference(target: Target, done: Written | Proposal) -> str:
    """What a commit changes, or would change, as `git diff` shows it; "" without one."""
    after = done.commit if isinstance(done, Written) else done.tree
    if after is None:
        return ""
    output = target.repository.git.run("diff", "--no-color", "--no-ext-diff", done.base, after)
    return output.decode("utf-8", "replace")
