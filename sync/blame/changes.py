"""The commits from one on back, children before parents, and which files each one changed.

May know: Git's plumbing. May not: what files say.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schema.tree import MAIN_FILE, SECTIONS
from sync.git import Repository

AT_ONCE = 200
"""Commits that git is asked about together."""


class FileChange(NamedTuple):
    """A file, and the ids of what it held before and holds after; "" or zeros for nothing."""

    path: str
    before: str
    after: str


class Step(NamedTuple):
    """One commit: for each of its parents, in order, the id and the files that differ."""

    commit: str
    parents: tuple[tuple[str, tuple[FileChange, ...]], ...]


def steps(repository: Repository, commit: str) -> Iterator[Step]:
    """The commit and all before it. Raises RepositoryError."""
    listing = repository.git.run("rev-list", "--topo-order", "--parents", commit, timeout=60)
    lines = [line.split() for line in listing.decode("ascii").splitlines()]
    for at in range(0, len(lines), AT_ONCE):
        yield from _together(repository, lines[at : at + AT_ONCE])


def _together(repository: Repository, lines: Sequence[Sequence[str]]) -> Iterator[Step]:
    pairs = [(commit, parent) for commit, *parents in lines for parent in parents]
    found = _differences(repository, pairs)
    for commit, *parents in lines:
        yield Step(commit, tuple((parent, found[commit, parent]) for parent in parents))


def _differences(
    repository: Repository, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[FileChange, ...]]:
    """What differs between commits and one of their parents each (git-diff-tree(1))."""
    if not pairs:
        return {}
    output = repository.git.run(
        "diff-tree", "--stdin", "--always", "-r", "-z", "--no-renames", "--full-index",
        "--", MAIN_FILE, *SECTIONS,
        stdin="".join(f"{commit} {parent}\n" for commit, parent in pairs).encode(),
        timeout=60,
    )  # fmt: skip
    fields = iter(output.decode("utf-8", "backslashreplace").split("\0"))
    found: list[list[FileChange]] = []
    for field in fields:
        if field.startswith(":"):
            found[-1].append(_change(field, next(fields)))
        elif field:
            found.append([])
    return {pair: tuple(changes) for pair, changes in zip(pairs, found, strict=True)}


def _change(facts: str, path: str) -> FileChange:
    """`:<mode> <mode> <id> <id> <letter>`; links and submodules hold nothing for us."""
    before_mode, after_mode, before, after, _ = facts[1:].split(" ")
    return FileChange(
        path, before if _is_file(before_mode) else "", after if _is_file(after_mode) else ""
    )


def _is_file(mode: str) -> bool:
    return mode.startswith("100")
