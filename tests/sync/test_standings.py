"""How far nodes are, told through real repositories."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sync.errors import FetchFailed, UnknownRevision
from sync.git import Repository
from sync.origins import LocalOrigin, RemoteOrigin
from sync.standings import Standing, standings, state

Git = Callable[..., str]


@pytest.fixture
def bare(tmp_path: Path, git: Git) -> Path:
    """A bare repository with two commits on main."""
    work = tmp_path / "work"
    git(tmp_path, "init", "-q", "work")
    for number in (1, 2):
        (work / "pbx.yaml").write_text(f"version: {number}\n")
        git(work, "add", "-A")
        git(work, "commit", "-qm", f"Number {number}")
    git(tmp_path, "clone", "-q", "--bare", "work", "pbx.git")
    return tmp_path / "pbx.git"


def commits(git: Git, bare: Path) -> tuple[str, str]:
    first, second = git(bare, "rev-list", "--reverse", "main").split()
    return first, second


def test_a_repository_knows_what_each_node_said(bare: Path, git: Git) -> None:
    first, second = commits(git, bare)
    with Repository.open(bare) as repository:
        assert standings(repository) == {}
        state(repository, "pbx1", "applied", second)
        state(repository, "pbx1", "healthy", first)
        state(repository, "pbx2", "bad", second)
        assert standings(repository) == {
            "pbx1": Standing(applied=second, healthy=first),
            "pbx2": Standing(bad=second),
        }
        state(repository, "pbx1", "applied", first)
        assert standings(repository)["pbx1"].applied == first


def test_what_is_no_commit_here_is_refused(bare: Path) -> None:
    with Repository.open(bare) as repository:
        for nonsense in ("f" * 40, "1a2b3c4+saved.0123abc", "main"):
            with pytest.raises(UnknownRevision):
                state(repository, "pbx1", "applied", nonsense)


def test_nodes_hear_of_each_other_through_a_remote(tmp_path: Path, bare: Path, git: Git) -> None:
    first, second = commits(git, bare)
    one = RemoteOrigin(str(bare), tmp_path / "one.git")
    two = RemoteOrigin(str(bare), tmp_path / "two.git")
    for origin in (one, two):
        origin.look(None)
    one.state("pbx1", "healthy", second)
    assert two.standings() == {}
    two.look(None)
    assert two.standings() == {"pbx1": Standing(healthy=second)}
    one.state("pbx1", "healthy", first)  # it may move back
    two.look(None)
    assert two.standings() == {"pbx1": Standing(healthy=first)}
    local = LocalOrigin(bare)
    assert local.standings() == two.standings()
    for each in (one, two, local):
        each.close()


def test_a_remote_that_is_gone_is_an_error_in_words(tmp_path: Path, bare: Path, git: Git) -> None:
    _, second = commits(git, bare)
    origin = RemoteOrigin(str(bare), tmp_path / "one.git")
    origin.look(None)
    bare.rename(tmp_path / "elsewhere.git")
    with pytest.raises(FetchFailed):
        origin.state("pbx1", "healthy", second)
    origin.close()
