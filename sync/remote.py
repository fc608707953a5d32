"""A repository on another machine: fetched into a bare clone in the state directory.

The clone belongs to this node alone, so it may be made again at any time; the followed branch
is kept under its own name, so the clone reads like any other repository.
"""

import shutil
from pathlib import Path

from git.util import remove_password_if_present

from sync.commits import move_branch, rollback_commit
from sync.errors import (
    BranchMissing,
    CommitRefused,
    FetchFailed,
    GitFailed,
    GitTimedOut,
    NoCommits,
    NotARepository,
    last_word,
)
from sync.git import Repository
from sync.message import Identity
from sync.program import GitProgram
from sync.standings import REFSPEC, Word, ref_of, state

NETWORK_TIMEOUT = 60.0
"""Seconds for one conversation with the remote; also how long a dead connection may hang."""

PATIENCE = {"GIT_HTTP_LOW_SPEED_LIMIT": "100", "GIT_HTTP_LOW_SPEED_TIME": "20"}
"""Give up on HTTP below 100 bytes/s for 20 s."""


class Clone:
    """The bare clone at `directory` of what is at `url` (anything `git fetch` understands)."""

    def __init__(self, directory: Path, url: str) -> None:
        self.url = url
        self.shown = without_password(url)
        self.repository = open_or_make(directory, url)

    def close(self) -> None:
        """Release the clone."""
        self.repository.close()

    def default_branch(self) -> str:
        """The branch that the remote's HEAD names. Raises FetchFailed, NoCommits."""
        for line in self._talk("ls-remote", "--symref", "origin", "HEAD").splitlines():
            if line.startswith("ref: refs/heads/"):
                return line.split("\t")[0].removeprefix("ref: refs/heads/")
        if not self._talk("ls-remote", "--heads", "origin"):
            raise NoCommits(self.shown, "its default branch")
        raise FetchFailed(self.shown, "it does not say which branch is its default: name one")

    def fetch(self, branch: str) -> str:
        """Bring `branch` up to date, rewritten history included; its newest commit.

        What nodes said of themselves (sync.standings) comes along. Raises FetchFailed,
        BranchMissing, NoCommits; the clone then keeps what it has.
        """
        ref = f"refs/heads/{branch}"
        try:
            self._talk(
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "origin",
                f"+{ref}:{ref}", REFSPEC,
            )  # fmt: skip
        except FetchFailed as failure:
            if "couldn't find remote ref" not in failure.reason:
                raise
            if self._talk("ls-remote", "--heads", "origin"):
                raise BranchMissing(self.shown, branch) from None
            raise NoCommits(self.shown, branch) from None
        return self.repository.head(branch)

    def roll_back(
        self, to: str, branch: str, *, subject: str | None = None, author: Identity | None = None
    ) -> str:
        """commits.roll_back for the remote: the commit is pushed, and never forced.

        Raises FetchFailed, CommitRefused (somebody pushed meanwhile, or the remote's hook said
        no), UnknownRevision.
        """
        head = self.fetch(branch)
        commit = rollback_commit(self.repository, to, head, subject, author)
        try:
            self.push(commit, branch)
        except FetchFailed as failure:
            raise CommitRefused(f"{self.shown} refused the push: {failure.reason}") from None
        move_branch(self.repository, branch, commit, head)
        return commit

    def push(self, commit: str, branch: str) -> None:
        """Bring the remote's branch to `commit`, never by force. Raises FetchFailed."""
        self._talk("push", "--quiet", "origin", f"{commit}:refs/heads/{branch}")

    def state(self, node: str, word: Word, commit: str) -> None:
        """Say at the remote how far a node is. Raises FetchFailed, UnknownRevision."""
        state(self.repository, node, word, commit)
        self._talk("push", "--quiet", "origin", f"+{commit}:{ref_of(node, word)}")

    def _talk(self, *arguments: str) -> str:
        try:
            output = self.repository.git.run(
                *arguments, timeout=NETWORK_TIMEOUT, environment=PATIENCE
            )
        except GitTimedOut as late:
            raise FetchFailed(self.shown, f"no answer within {late.seconds:g} s") from None
        except GitFailed as failure:
            reason = last_word(failure.output).replace(self.url, self.shown)
            raise FetchFailed(self.shown, reason) from None
        return output.decode(errors="replace")


def open_or_make(directory: Path, url: str) -> Repository:
    """The clone, made anew where it is missing or damaged; nothing in it is the only copy."""
    try:
        repository = Repository.open(directory)
        remove_stale_locks(repository.git_dir)
    except NotARepository:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True, mode=0o700)
        GitProgram(directory).run("init", "--quiet", "--bare")
        repository = Repository.open(directory)
    repository.git.run("config", "remote.origin.url", url)
    return repository


def remove_stale_locks(git_dir: Path) -> None:
    """A node that was killed in a fetch left these, and nobody else writes here."""
    for lock in [*git_dir.glob("*.lock"), *(git_dir / "refs").rglob("*.lock")]:
        lock.unlink(missing_ok=True)


def without_password(url: str) -> str:
    """The URL as it may be shown and logged."""
    return str(remove_password_if_present([url])[0])
