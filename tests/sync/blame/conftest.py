"""Histories of real repositories, and whose commits are behind values."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sync.blame import ENTRY, blame, leaves
from sync.git import Repository


@pytest.fixture
def repository(tmp_path: Path, git):
    """An empty working tree on main."""
    directory = tmp_path / "config"
    directory.mkdir()
    git(directory, "init", "--quiet")
    with Repository.open(directory) as opened:
        yield opened


@pytest.fixture
def behind(repository: Repository) -> Callable[..., str | None]:
    """behind("users/alice", "name") -> the subject of the commit behind it."""

    def ask(path: str, *leaf) -> str | None:
        section, _, name = path.partition("/")
        entry = (section, name)
        found = blame(repository, repository.head(), {entry: [tuple(leaf)]})
        commit = found.get((entry, tuple(leaf)))
        return commit and repository.commit_info(commit).subject

    return ask


@pytest.fixture
def import_history() -> Callable[[Path, bytes], None]:
    """import_history(directory, stream): many commits at once (git-fast-import(1))."""

    def run(directory: Path, stream: bytes) -> None:
        command = ["git", "fast-import", "--quiet", "--force"]
        done = subprocess.run(command, cwd=directory, input=stream, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()

    return run


__all__ = ["ENTRY", "leaves"]
