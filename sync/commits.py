"""Our own commits: what `pbx apply` commits for the user, and what `pbx rollback` brings back.

Each function either makes one whole commit or raises CommitRefused and leaves the branch, the
index and the files as they were. Knows nothing of why a commit is wanted.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from schema.models.verify import Verify
from sync.errors import CommitRefused, GitFailed
from sync.git import Repository
from sync.message import ROLLBACK_TRAILER, Identity, commit_environment, compose
from sync.verify import refuse_own, signing

HOOK_TIMEOUT = 120.0
"""Seconds for `git commit` with the repository's own hooks."""

CONFLICTS = frozenset({"DD", "AU", "UD", "UA", "DU", "AA", "UU"})
"""Both sides changed it and nobody has decided (git-status(1), "Short Format")."""

UNFINISHED = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
}
"""What git leaves in its directory while an operation waits for the user."""


class Change(NamedTuple):
    """One file of the working tree that differs from the last commit.

    `state` is git's two letters (" M", "A ", "??", …).
    """

    path: str
    state: str


def changes(repository: Repository) -> tuple[Change, ...]:
    """What a commit of the working tree would hold: tracked files that changed, new YAML files.

    Other untracked files (notes, editors' copies) are no part of the tree and stay out.
    """
    listing = repository.git.run(
        "status",
        "--porcelain",
        "-z",
        "--untracked-files=all",
        "--ignore-submodules=dirty",
        "--no-renames",
    )
    found = [
        Change(line[3:].decode("utf-8", "surrogateescape"), line[:2].decode("ascii"))
        for line in listing.split(b"\0")
        if line
    ]
    return tuple(
        change for change in found if change.state != "??" or is_configuration(change.path)
    )


def is_dirty(repository: Repository) -> bool:
    """Whether `commit_worktree` has something to commit."""
    return bool(changes(repository))


def is_configuration(path: str) -> bool:
    """Whether an untracked file is meant for the repository: YAML, or part of a device family."""
    parts = PurePosixPath(path).parts
    hidden = any(part.startswith(".") for part in parts)
    return not hidden and (path.endswith(".yaml") or parts[0] == "devices")


def commit_worktree(
    repository: Repository,
    subject: str,
    *,
    body: str = "",
    author: Identity | None = None,
    trailers: Mapping[str, str] | None = None,
) -> str:
    """Commit the working tree on the branch that is checked out; the new commit's id.

    Raises CommitRefused when there is nothing to commit, when a merge or rebase is unfinished,
    or when git or one of the repository's hooks refuses.
    """
    if repository.bare:
        raise CommitRefused(f"{repository.directory} is a bare repository, push to it instead")
    changed = changes(repository)
    refuse_unfinished(repository, changed)
    if not changed:
        raise CommitRefused("nothing has changed since the last commit")
    new = [change.path for change in changed if change.state == "??"]
    announce(repository, new)
    try:
        # --all builds the commit in an index of its own: refused, the user's is untouched.
        repository.git.run(
            "commit",
            "--all",
            "--quiet",
            "--cleanup=verbatim",
            "--file=-",
            stdin=compose(subject, body, trailers),
            environment=commit_environment(repository.git, author),
            timeout=HOOK_TIMEOUT,
        )
    except GitFailed as error:
        take_back(repository, new)
        raise CommitRefused(error.output.strip() or str(error)) from None
    return repository.resolve("HEAD")


def announce(repository: Repository, paths: list[str]) -> None:
    """Tell git that untracked files are meant, so that `commit --all` takes them along."""
    if paths:
        by_path(repository, paths, "add", "--intent-to-add")


def take_back(repository: Repository, paths: list[str]) -> None:
    """Undo `announce`."""
    if paths:
        by_path(repository, paths, "rm", "--cached", "--quiet")


def by_path(repository: Repository, paths: list[str], *command: str) -> None:
    repository.git.run(
        "--literal-pathspecs",
        *command,
        "--pathspec-from-file=-",
        "--pathspec-file-nul",
        stdin="\0".join(paths).encode("utf-8", "surrogateescape"),
    )


def refuse_unfinished(repository: Repository, changed: tuple[Change, ...]) -> None:
    """A commit in the middle of a merge would hide conflicts as content."""
    conflicts = [change.path for change in changed if change.state in CONFLICTS]
    if conflicts:
        raise CommitRefused(f"unresolved conflicts in {', '.join(conflicts)}")
    for name, what in UNFINISHED.items():
        if (repository.git_dir / name).exists():
            raise CommitRefused(f"{what} is unfinished in {repository.directory}")


def roll_back(
    repository: Repository,
    to: str,
    *,
    branch: str | None = None,
    subject: str | None = None,
    author: Identity | None = None,
    verify: Verify | None = None,
) -> str:
    """Commit, on top of `branch`, the tree that `to` had; the new commit's id.

    History only grows: what is rolled back stays readable and can be brought back the same
    way. In a working tree with the branch checked out the files change too, so it has to be
    clean. `verify` is the policy that the node will judge the commit by. Raises CommitRefused,
    UnknownRevision, NoCommits, BranchMissing.
    """
    branch = branch or repository.head_branch()
    head = repository.head(branch)
    checked_out = is_checked_out(repository, branch)
    if checked_out:
        refuse_dirty(repository)
    commit = rollback_commit(repository, to, head, subject, author)
    refuse_own(repository, verify, commit)
    if checked_out:
        fast_forward(repository, commit)
    else:
        move_branch(repository, branch, commit, head)
    return commit


def rollback_commit(
    repository: Repository, to: str, head: str, subject: str | None, author: Identity | None
) -> str:
    """The commit object of a rollback from `head`; no branch points at it yet."""
    target = repository.commit_info(to)
    if tree_id(repository, target.id) == tree_id(repository, head):
        raise CommitRefused(f"{head[:7]} already has the tree of {target.id[:7]}")
    message = compose(
        subject or f'Roll back to {target.id[:7]} "{target.subject}"',
        trailers={ROLLBACK_TRAILER: target.id},
    )
    return commit_tree(repository, target.id, head, message, author)


def commit_tree(
    repository: Repository, tree_of: str, parent: str, message: bytes, author: Identity | None
) -> str:
    """A commit object with the tree of another commit, signed where git is told to sign.

    No branch moves yet. Raises CommitRefused when it cannot be signed.
    """
    try:
        output = repository.git.run(
            "commit-tree",
            *signing(repository),
            f"{tree_of}^{{tree}}",
            "-p",
            parent,
            "-F",
            "-",
            stdin=message,
            environment=commit_environment(repository.git, author),
        )
    except GitFailed as error:
        raise CommitRefused(error.output.strip() or str(error)) from None
    return output.decode("ascii").strip()


def try_signing(repository: Repository, verify: Verify | None) -> None:
    """Find out, before `git commit` moves the branch, whether the node would run its commit.

    Raises CommitRefused.
    """
    if verify is not None:
        trial = commit_tree(repository, "HEAD", "HEAD", compose("Try to sign"), None)
        refuse_own(repository, verify, trial)


def tree_id(repository: Repository, commit: str) -> str:
    """The id of a commit's tree: equal ids, equal files."""
    return repository.objects.read(f"{commit}^{{tree}}").id


def is_checked_out(repository: Repository, branch: str) -> bool:
    """Whether moving `branch` has to change files on disk."""
    if repository.bare:
        return False
    try:
        head = repository.git.line("symbolic-ref", "--quiet", "HEAD")
    except GitFailed:
        return False  # detached HEAD
    return head == f"refs/heads/{branch}"


def refuse_dirty(repository: Repository) -> None:
    """Somebody's unsaved work is worth more than our convenience."""
    changed = changes(repository)
    refuse_unfinished(repository, changed)
    if changed:
        names = ", ".join(change.path for change in changed[:5])
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        raise CommitRefused(f"uncommitted changes in {names}{more}: commit or discard them first")


def fast_forward(repository: Repository, commit: str) -> None:
    """Move the checked-out branch, its index and its files to a commit on top of it."""
    try:
        repository.git.run(
            "merge", "--ff-only", "--quiet", "--no-verify-signatures", "--no-autostash", commit
        )
    except GitFailed as error:
        raise CommitRefused(error.output.strip()) from None


def move_branch(repository: Repository, branch: str, commit: str, expected: str) -> None:
    """Point a branch at `commit`, unless somebody pushed since `expected` was read."""
    try:
        repository.git.run(
            "update-ref", "-m", "pbx rollback", f"refs/heads/{branch}", commit, expected
        )
    except GitFailed:
        raise CommitRefused(f"{branch} has moved meanwhile, try again") from None
