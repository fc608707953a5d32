"""A configuration repository: where a branch stands, what a commit holds.

Opens a working tree or a bare repository; a clone of a remote (remote.py) is a bare one too.
Reading only: commits.py writes. Knows nothing of validation or of what runs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from sync.commit_tree import CommitSource
from sync.errors import (
    BranchMissing,
    DetachedHead,
    GitFailed,
    NoCommits,
    NotARepository,
    UnknownRevision,
)
from sync.objects import ObjectReader
from sync.program import GitProgram

FULL_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

LATEST = 253_402_214_400
"""Epoch seconds of the last day of 9999: beyond it, nothing can say which day that is."""

MISLEADING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""What moves the cursor of a terminal, the direction of the text, or is half of a character."""


@dataclass(frozen=True)
class CommitInfo:
    """What a person wants to know of a commit. `time` is the committer's, in epoch seconds."""

    id: str
    parents: tuple[str, ...]
    author: str
    email: str
    time: int
    subject: str
    body: str


class Repository:
    """One repository on the local disk. Close it, or use it with `with`."""

    def __init__(
        self,
        directory: Path,
        git_dir: Path,
        common_dir: Path,
        *,
        bare: bool,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self.git_dir = git_dir
        self.common_dir = common_dir  # differs from git_dir in a linked working tree
        self.bare = bare
        self.environment = dict(environment or {})
        self.git = GitProgram(directory, git_dir, None if bare else directory, environment)
        self.objects = ObjectReader(self.git, git_dir)

    @classmethod
    def open(cls, directory: Path, environment: Mapping[str, str] | None = None) -> "Repository":
        """The repository whose top is `directory`.

        `environment` is what git tells a hook: where pushed objects wait, which index counts.

        Raises NotARepository (also for a folder inside one, with a reason that names the top),
        UnsafeRepository, GitMissing.
        """
        directory = directory.resolve()
        if not directory.is_dir():
            raise NotARepository(directory, "does not exist or is not a directory")
        searching = GitProgram(directory)
        answers = searching.line(
            "rev-parse",
            "--path-format=absolute",
            "--is-bare-repository",
            "--is-inside-git-dir",
            "--git-dir",
            "--git-common-dir",
        ).split("\n")
        bare, inside, git_dir, common_dir = answers
        is_bare = bare == "true"
        if is_bare or inside == "true":
            top = Path(git_dir)
        else:
            top = Path(searching.line("rev-parse", "--path-format=absolute", "--show-toplevel"))
        check_top(directory, top, is_bare or inside == "false")
        return cls(
            directory, Path(git_dir), Path(common_dir), bare=is_bare, environment=environment
        )

    def __enter__(self) -> "Repository":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process that reads objects. The repository may be used again."""
        self.objects.close()

    def head_branch(self) -> str:
        """The branch that HEAD names ("main"), born or not.

        Raises DetachedHead.
        """
        try:
            name = self.git.line("symbolic-ref", "--quiet", "HEAD")
        except GitFailed:
            raise DetachedHead(self.directory) from None
        return name.removeprefix("refs/heads/")

    def followed_branch(self) -> str:
        """The branch that runs: the setting `dialtree.branch`, else HEAD's. Raises DetachedHead.

        Node and hooks both ask here, so that what is validated is what runs.
        """
        return self.setting("dialtree.branch") or self.head_branch()

    def setting(self, key: str) -> str:
        """A value of git's configuration, "" when it is unset or a false boolean."""
        try:
            value = self.git.line("config", "--get", key)
        except GitFailed:
            return ""
        return "" if value.lower() in ("false", "no", "off", "0") else value

    def head(self, branch: str | None = None) -> str:
        """The id of the newest commit on `branch` (HEAD's by default).

        Raises NoCommits for a repository without any, BranchMissing for a branch that other
        branches have outlived, NotARepository when the directory is gone.
        """
        branch = branch or self.head_branch()
        try:
            return self.resolve(f"refs/heads/{branch}")
        except UnknownRevision:
            others = self.git.line("for-each-ref", "--format=%(refname:short)", "refs/heads")
            if others:
                raise BranchMissing(self.directory, branch, tuple(others.split("\n"))) from None
            raise NoCommits(self.directory, branch) from None

    def resolve(self, revision: str) -> str:
        """The full id of the commit that `revision` names. Raises UnknownRevision.

        A name takes a process of its own each time: one that stays open remembers packed-refs by
        size and whole seconds, and could answer with an older commit than before.
        """
        if FULL_ID.fullmatch(revision):
            return self._commit_of(revision)
        if not revision or any(character in revision for character in "\n\0"):
            raise UnknownRevision(revision)
        try:
            return self.git.line(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
            )
        except GitFailed:
            raise UnknownRevision(revision) from None

    def _commit_of(self, identifier: str) -> str:
        try:
            return self.objects.read(f"{identifier}^{{commit}}").id
        except UnknownRevision:
            raise UnknownRevision(identifier) from None

    def commit_info(self, revision: str) -> CommitInfo:
        """Author, time and message of a commit. Raises UnknownRevision."""
        commit = self.resolve(revision)
        return parse_commit(commit, self.objects.read(commit).data)

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether going from `old` to `new` only adds commits (no force push between them)."""
        try:
            self.git.run("merge-base", "--is-ancestor", old, new)
        except GitFailed:
            return False  # 1: it is not; 128: `old` has been pruned, so it is not either
        return True

    def tree(self, revision: str) -> CommitSource:
        """The tree of a commit, to validate. Raises UnknownRevision."""
        commit = self.resolve(revision)
        return CommitSource(self.git, self.objects, commit, f"commit {commit[:7]}")

    def staged(self) -> CommitSource:
        """What `git commit` would commit now: the index, as a tree.

        Raises GitFailed while a merge has unresolved conflicts.
        """
        tree = self.git.line("write-tree")
        return CommitSource(self.git, self.objects, tree, "the staged files")


def check_top(directory: Path, top: Path, entered_from_above: bool) -> None:
    """Refuse a directory somewhere inside a repository: its paths would not be the tree's."""
    if not entered_from_above:
        raise NotARepository(directory, "is the inside of a repository: name its working tree")
    if not directory.samefile(top):
        raise NotARepository(directory, f"is not the top of its Git repository: that is {top}")


def parse_commit(identifier: str, data: bytes) -> CommitInfo:
    """Read a commit object: headers up to an empty line, then the message (git-commit(1)).

    Takes whatever somebody wrote by hand, for it is asked about commits that will be refused, too.
    """
    head, _, message = data.partition(b"\n\n")
    headers = [line.partition(b" ")[::2] for line in head.split(b"\n")]
    first = dict(reversed(headers))
    encoding = first.get(b"encoding", b"utf-8").decode("ascii", "replace")
    author, email, _ = parse_person(decode(first.get(b"author", b""), encoding))
    _, _, time = parse_person(decode(first.get(b"committer", b""), encoding))
    subject, _, body = decode(message, encoding).strip("\n").partition("\n\n")
    return CommitInfo(
        id=identifier,
        parents=tuple(
            value.decode("ascii", "replace")
            for _, value in takewhile(lambda header: header[0] == b"parent", headers[1:])
        ),
        author=author,
        email=email,
        time=time,
        subject=" ".join(subject.split("\n")),
        body=body.strip("\n"),
    )


def parse_person(text: str) -> tuple[str, str, int]:
    """Name, address and epoch seconds of "Alice Adams <alice@example.test> 1764000000 +0100"."""
    name, _, rest = text.partition("<")
    email, _, when = rest.rpartition(">")
    found = re.match(r" *([0-9]{1,12})(?![0-9])", when)
    time = int(found[1]) if found else 0
    return name.strip(), email, time if time <= LATEST else 0


def decode(data: bytes, encoding: str) -> str:
    """Text in the commit's own encoding, without what would mislead who reads it.

    Never fails on what somebody wrote years ago, or to do harm.
    """
    try:
        text = data.decode(encoding, "replace")
    except (LookupError, ValueError):  # unknown, no encoding of text, or one that is strict
        text = data.decode("utf-8", "replace")
    return MISLEADING.sub("\ufffd", text.replace("\r\n", "\n"))
