"""Where revisions come from: a repository on this machine, the files as saved, a remote.

Each origin can be looked at, and hands out the files of what it found. They block (git, disk,
network), so follow.py calls them in a thread; when to look is decided there.
"""

import hashlib
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from schema.tree import DirectorySource, SourceError, TreeSource
from sync.errors import NotARepository, RepositoryError
from sync.git import CommitInfo, Repository
from sync.remote import Clone, without_password
from sync.standings import Standing, Word, standings, state
from sync.watch import Place, places, ref_directories, tree_directories


@dataclass(frozen=True)
class Revision:
    """One state of the configuration to run.

    `commit` is the full id of the branch's newest commit; `forced` says that the commit before
    it is no longer in the history (a force push). With `saved` (a digest of the files) it is
    the working tree as saved that runs, on top of `commit`, which may then be None.
    """

    branch: str
    commit: str | None
    forced: bool = False
    saved: str | None = None

    @property
    def name(self) -> str:
        """For status and history: the commit id, or "1a2b3c4+saved.0123abc"."""
        if self.saved is None:
            return self.commit or ""
        return f"{(self.commit or 'unborn')[:7]}+saved.{self.saved[:7]}"


class Origin(Protocol):
    """Where revisions come from. Everything here may block and may be called from threads."""

    shown: str

    def look(self, previous: Revision | None) -> Revision:
        """The newest revision, the same as `previous` when nothing changed."""

    def source(self, revision: Revision) -> TreeSource:
        """The files of a revision."""

    def commit_info(self, revision: Revision) -> CommitInfo:
        """Who made the commit of a revision, when, and why. UnknownRevision without a commit."""

    def repository(self) -> Repository:
        """Where the commits are. Raises RepositoryError."""

    def directories(self) -> frozenset[Place]:
        """What to watch; empty when there is nothing on this machine to watch."""

    def standings(self) -> Mapping[str, Standing]:
        """How far each node was at the last look."""

    def state(self, node: str, word: Word, commit: str) -> None:
        """Tell the others how far a node is."""

    def close(self) -> None:
        """Release the repository."""


class LocalOrigin:
    """A branch of a repository on this machine, working tree or bare.

    The branch is the given one, else the one that `dialtree.branch` or HEAD named when the
    first commit was seen: whoever checks out another branch to try something does not change
    what the PBX follows.
    """

    def __init__(self, directory: Path, branch: str | None = None) -> None:
        self.directory = directory
        self.shown = str(directory.absolute())
        self.branch = branch
        self._repository: Repository | None = None
        self._opening = threading.Lock()

    def look(self, previous: Revision | None) -> Revision:
        """Raises RepositoryError."""
        repository = self.repository()
        branch = self.branch or repository.followed_branch()
        try:
            commit = repository.head(branch)
        except NotARepository:
            self.close()
            raise
        self.branch = branch
        return Revision(branch, commit, is_forced(repository, previous, commit))

    def source(self, revision: Revision) -> TreeSource:
        """Raises RepositoryError."""
        return self.repository().tree(revision.commit or "HEAD")

    def commit_info(self, revision: Revision) -> CommitInfo:
        """Raises RepositoryError."""
        return self.repository().commit_info(revision.commit or "HEAD")

    def directories(self) -> frozenset[Place]:
        """Git's own directories; the parent while the repository is missing."""
        try:
            repository = self.repository()
        except RepositoryError:
            return places([self.directory, self.directory.parent])
        return places(ref_directories(repository, self.branch or "HEAD"))

    def standings(self) -> Mapping[str, Standing]:
        """Raises RepositoryError."""
        return standings(self.repository())

    def state(self, node: str, word: Word, commit: str) -> None:
        """Raises RepositoryError."""
        state(self.repository(), node, word, commit)

    def repository(self) -> Repository:
        """The repository, opened again after it was gone. Raises RepositoryError."""
        with self._opening:
            if self._repository is None:
                self._repository = Repository.open(self.directory)
            return self._repository

    def close(self) -> None:
        """End the process that reads objects."""
        repository, self._repository = self._repository, None
        if repository is not None:
            repository.close()


class SavedOrigin:
    """The files of a working tree as they are saved, committed or not (`--worktree`)."""

    def __init__(self, directory: Path, branch: str | None = None) -> None:
        self.directory = directory
        self.shown = str(directory.absolute())
        self._commits = LocalOrigin(directory, branch)
        self._times: object = None
        self._source = DirectorySource(directory)
        self._looking = threading.Lock()

    def look(self, previous: Revision | None) -> Revision:
        """Raises RepositoryError when the directory is gone; needs no commit."""
        if not self.directory.is_dir():
            raise NotARepository(self.directory, "is gone")
        branch, commit = "", None
        with suppress(RepositoryError):
            newest = self._commits.look(None)
            branch, commit = newest.branch, newest.commit
        with self._looking:
            times = saved_times(self.directory)
            if times != self._times:
                self._times, self._source = times, DirectorySource(self.directory)
            return Revision(branch, commit, saved=digest(self._source))

    def source(self, revision: Revision) -> TreeSource:
        """The files as of the newest look, so newer than `revision` if there was one since."""
        return self._source

    def commit_info(self, revision: Revision) -> CommitInfo:
        """The commit below the saved files. Raises RepositoryError."""
        return self._commits.commit_info(revision)

    def repository(self) -> Repository:
        """The repository below the saved files. Raises RepositoryError."""
        return self._commits.repository()

    def directories(self) -> frozenset[Place]:
        """The folders of the tree, beside Git's."""
        return self._commits.directories() | places(tree_directories(self.directory))

    def standings(self) -> Mapping[str, Standing]:
        """Saved files are nobody else's business."""
        return {}

    def state(self, node: str, word: Word, commit: str) -> None:
        """Nobody is told of saved files."""

    def close(self) -> None:
        """Release the repository."""
        self._commits.close()


class RemoteOrigin:
    """A branch at a URL, fetched into a clone at `directory`."""

    def __init__(self, url: str, directory: Path, branch: str | None = None) -> None:
        self.url = url
        self.shown = without_password(url)
        self.directory = directory
        self.branch = branch
        self._clone: Clone | None = None
        self._talking = threading.RLock()  # two fetches at once would trip over a lock of git's

    def look(self, previous: Revision | None) -> Revision:
        """Fetches. Raises FetchFailed, BranchMissing, NoCommits."""
        with self._talking:
            clone = self.clone()
            self.branch = self.branch or clone.default_branch()
            commit = clone.fetch(self.branch)
        return Revision(self.branch, commit, is_forced(clone.repository, previous, commit))

    def source(self, revision: Revision) -> TreeSource:
        """Raises RepositoryError."""
        return self.clone().repository.tree(revision.commit or "HEAD")

    def commit_info(self, revision: Revision) -> CommitInfo:
        """Raises RepositoryError."""
        return self.clone().repository.commit_info(revision.commit or "HEAD")

    def repository(self) -> Repository:
        """The clone's repository. Raises RepositoryError."""
        return self.clone().repository

    def directories(self) -> frozenset[Place]:
        """Nothing here stirs by itself."""
        return frozenset()

    def standings(self) -> Mapping[str, Standing]:
        """Raises RepositoryError."""
        return standings(self.clone().repository)

    def state(self, node: str, word: Word, commit: str) -> None:
        """Raises FetchFailed, UnknownRevision."""
        with self._talking:
            self.clone().state(node, word, commit)

    def clone(self) -> Clone:
        """The clone, made on first use. Raises RepositoryError."""
        with self._talking:
            if self._clone is None:
                self._clone = Clone(self.directory, self.url)
            return self._clone

    def close(self) -> None:
        """Release the clone."""
        clone, self._clone = self._clone, None
        if clone is not None:
            clone.close()


def digest(source: TreeSource) -> str:
    """SHA-1 over the paths and contents of a source. Raises NotARepository when it is gone."""
    try:
        listing = [f"{entry.blob or entry.size} {entry.path}" for entry in source.entries()]
    except SourceError as error:
        raise NotARepository(Path(source.name), f"cannot be read: {error.reason}") from None
    content = "\n".join(sorted(listing)).encode("utf-8", "surrogateescape")
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def saved_times(directory: Path) -> tuple[tuple[str, int, int, int], ...]:
    """Path, mtime (ns), size and inode of every file in the folders of a tree."""
    found = []
    for folder in tree_directories(directory):
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                found.append((entry.path, status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(sorted(found))


def is_forced(repository: Repository, previous: Revision | None, commit: str) -> bool:
    """Whether `commit` is not built on the one that ran before it."""
    old = previous.commit if previous else None
    if old is None or old == commit or old in repository.commit_info(commit).parents:
        return False
    return not repository.is_ancestor(old, commit)
