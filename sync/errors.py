"""What can go wrong between the node and its configuration repository.

RepositoryError
├── GitMissing          the program `git` is not installed
├── NotARepository      the directory is gone, or Git does not know it as a repository
├── UnsafeRepository    somebody else owns it, so Git refuses to read it
├── NoCommits           a repository without a first commit
├── BranchMissing       the followed branch does not exist (any more)
├── DetachedHead        no branch is checked out, and none was named
├── UnknownRevision     no commit of that name
├── FetchFailed         the remote did not answer, or refused
├── CommitRefused       Git, a hook or the state of the working tree forbids our commit
├── EditRefused         a file of the tree cannot be changed by a program
├── TreeRefused         our change would make a tree that has errors
├── Overtaken           somebody else pushed first, again and again
├── InitRefused         `pbx init` would touch something that is already there
├── SnapshotDamaged     the last good tree on disk cannot be read
├── WatchFailed         changes on disk cannot be noticed as they happen
├── GitTimedOut         git did not finish in time
└── GitFailed           everything else git reports

`str()` of each is the sentence a person reads; the facts are attributes.
"""

# ruff: noqa: N818 - each name says what is wrong; "Error" behind it would add nothing

from collections.abc import Sequence
from pathlib import Path

from schema.diagnostics import Diagnostic


class RepositoryError(Exception):
    """The parent of all: one sentence for the user, no traceback."""


class GitMissing(RepositoryError):
    """The program `git` cannot be started."""

    def __init__(self) -> None:
        super().__init__("the program git is not installed (Debian: apt-get install git)")


class NotARepository(RepositoryError):
    """`path` is not the top of a Git repository; `reason` says what it is instead."""

    def __init__(self, path: Path, reason: str = "is not a Git repository") -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path} {reason}")


class UnsafeRepository(RepositoryError):
    """Git's `safe.directory` protection: the directory belongs to another user."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{path} belongs to another user, so git will not read it. If you trust it: "
            f"git config --global --add safe.directory {path}"
        )


class NoCommits(RepositoryError):
    """The repository is empty: `branch` has yet to be born."""

    def __init__(self, path: Path | str, branch: str) -> None:
        self.path = path
        self.branch = branch
        super().__init__(f"{path} has no commits yet on {branch}")


class BranchMissing(RepositoryError):
    """The branch is not there; `others` are."""

    def __init__(self, path: Path | str, branch: str, others: tuple[str, ...] = ()) -> None:
        self.path = path
        self.branch = branch
        self.others = others
        instead = f" (it has {', '.join(others[:5])})" if others else ""
        super().__init__(f"{path} has no branch {branch}{instead}")


class DetachedHead(RepositoryError):
    """HEAD names a commit, so there is no branch to follow by default."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} has no branch checked out (detached HEAD): name the branch")


class UnknownRevision(RepositoryError):
    """`revision` names no commit here."""

    def __init__(self, revision: str) -> None:
        self.revision = revision
        super().__init__(f'"{revision}" names no commit of this repository')


class FetchFailed(RepositoryError):
    """The remote could not be read; `reason` is git's own last word on it."""

    def __init__(self, remote: str, reason: str) -> None:
        self.remote = remote
        self.reason = reason
        super().__init__(f"cannot fetch from {remote}: {reason}")


class CommitRefused(RepositoryError):
    """No commit was made; `reason` says by whom or why, and the tree is as it was."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"no commit was made: {reason}")


class EditRefused(RepositoryError):
    """The file at `path` (relative to the tree) cannot be changed as wanted; it stays as it is."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path} was not changed: {reason}")


class TreeRefused(RepositoryError):
    """A commit that validation refuses; `diagnostics` say why. It was not made."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        found = [d for d in self.diagnostics if d.severity == "error"]
        first = f": {found[0].message}" if found else ""
        super().__init__(f"no commit was made: the tree would have errors{first}")


class Overtaken(RepositoryError):
    """Others pushed in between `tries` times in a row."""

    def __init__(self, branch: str, tries: int) -> None:
        self.branch = branch
        self.tries = tries
        super().__init__(f"no commit was made: {branch} moved {tries} times meanwhile, try again")


class InitRefused(RepositoryError):
    """`pbx init` found the place taken."""

    def __init__(self, directory: Path, reason: str) -> None:
        self.directory = directory
        self.reason = reason
        super().__init__(f"{directory} {reason}")


class SnapshotDamaged(RepositoryError):
    """The last good tree in the state directory is not what was written there."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"the last good tree at {path} cannot be used: {reason}")


class WatchFailed(RepositoryError):
    """The watcher gave up; the repository is looked at now and then instead."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        reason = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
        super().__init__(f"changes are noticed late, the file system cannot be watched: {reason}")


class GitTimedOut(RepositoryError):
    """git was ended after `seconds`."""

    def __init__(self, command: str, seconds: float) -> None:
        self.command = command
        self.seconds = seconds
        super().__init__(f"git {command} did not finish within {seconds:g} s")


class GitFailed(RepositoryError):
    """`git <command>` exited with `status`; `output` is what it said."""

    def __init__(self, command: str, status: int, output: str) -> None:
        self.command = command
        self.status = status
        self.output = output
        super().__init__(f"git {command} failed: {last_word(output) or f'exit {status}'}")


def last_word(output: str) -> str:
    """The line of git's output that says what is wrong: the first `fatal:` or `error:`."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for mark in ("fatal: ", "error: "):
        for line in lines:
            if line.startswith(mark):
                return line.removeprefix(mark)
    return lines[-1] if lines else ""
