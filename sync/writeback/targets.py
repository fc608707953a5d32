"""Where a write-back goes: a branch of a repository here, or at a remote.

A target says where its branch stands, and moves it if it still stands there. Each move is one
step of git's (update-ref with the expected old value, a push that is no force push): killed at any
moment, the branch is where it was or where it should be.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sync.commits import fast_forward, is_checked_out, refuse_dirty
from sync.errors import CommitRefused, FetchFailed, GitFailed
from sync.git import Repository
from sync.remote import Clone

LOCK = "dialtree-writeback.lock"
"""In Git's directory: our own writers take turns, so that they do not race each other."""


Doubt = Callable[[Repository, str], str | None]
"""Why nothing may be built on a commit: our signature would vouch for it as well."""


def nobody_doubts(_repository: Repository, _commit: str) -> None:
    """Where nothing says whose commits run."""


class Target(Protocol):
    """A branch to write to. `repository` holds its objects."""

    repository: Repository
    branch: str

    def tip(self) -> str:
        """The newest commit. Raises RepositoryError; CommitRefused when nothing may be written."""

    def move(self, commit: str, expected: str) -> bool:
        """Bring the branch from `expected` to `commit`; False when it has moved meanwhile.

        Raises CommitRefused when it is refused for another reason.
        """

    def turn(self) -> AbstractContextManager[None]:
        """Wait until no other writer of ours is at work here."""


class LocalTarget:
    """A branch of a bare repository or of a working tree."""

    def __init__(
        self, repository: Repository, branch: str | None = None, doubt: Doubt = nobody_doubts
    ) -> None:
        self.repository = repository
        self.branch = branch or repository.followed_branch()
        self._doubt = doubt

    def tip(self) -> str:
        """Refuses (CommitRefused) where moving the branch would change files that are not saved."""
        if is_checked_out(self.repository, self.branch):
            refuse_dirty(self.repository)
        return undoubted(self.repository, self.repository.head(self.branch), self._doubt)

    def move(self, commit: str, expected: str) -> bool:
        """In a working tree with the branch checked out, index and files move along."""
        if is_checked_out(self.repository, self.branch):
            return self._forward(commit, expected)
        try:
            self.repository.git.run(
                "update-ref", "-m", "pbx write-back", f"refs/heads/{self.branch}", commit, expected
            )
        except GitFailed as error:
            return self._moved(expected, error.output.strip())
        return True

    def _forward(self, commit: str, expected: str) -> bool:
        try:
            fast_forward(self.repository, commit)
        except CommitRefused as error:
            return self._moved(expected, error.reason)
        return True

    def _moved(self, expected: str, reason: str) -> bool:
        """False if somebody was faster; else the reason is a refusal."""
        if self.repository.head(self.branch) != expected:
            return False
        raise CommitRefused(reason)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Holds a lock file of ours; a person's git knows nothing of it and need not wait."""
        path = self.repository.common_dir / LOCK
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


class RemoteTarget:
    """A branch at a URL, through a clone of it that nobody else writes to."""

    def __init__(
        self, clone: Clone, branch: str | None = None, doubt: Doubt = nobody_doubts
    ) -> None:
        self._clone = clone
        self._doubt = doubt
        self.repository = clone.repository
        self.branch = branch or clone.default_branch()
        self._here = LocalTarget(clone.repository, self.branch)

    def tip(self) -> str:
        """Fetches. Raises FetchFailed, BranchMissing, NoCommits, CommitRefused."""
        return undoubted(self.repository, self._clone.fetch(self.branch), self._doubt)

    def move(self, commit: str, expected: str) -> bool:
        """Pushes, never by force. What the remote's hooks refuse is told in their words."""
        try:
            self._clone.push(commit, self.branch)
        except FetchFailed as failure:
            if self.tip() != expected or "lock" in failure.reason:
                return False
            raise CommitRefused(f"{self._clone.shown} refused the push: {failure.reason}") from None
        self._here.move(commit, expected)
        return True

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Writers that share the clone."""
        with self._here.turn():
            yield


def undoubted(repository: Repository, commit: str, doubt: Doubt) -> str:
    """The commit, if something may be built on it. Raises CommitRefused."""
    reason = doubt(repository, commit)
    if reason is not None:
        raise CommitRefused(
            f"nothing is built on {commit[:10]}, which the node does not run: {reason}"
        )
    return commit
