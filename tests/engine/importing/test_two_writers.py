"""A person pushes and an import commits, at once and again and again: nothing is lost."""

import random
import subprocess
import threading
import time
from pathlib import Path

import pytest

from engine.importing import Request, Task, run_import
from engine.workbench import Workbench
from sync.importing import Batch, Person, Policy

TIMES = 100
HEAD = """\
version: 1
system: {domain: example.test}
nodes: {pbx1: {address: 127.0.0.1}}
users:
  # By hand
"""
OURS = "".join(f'  mine{n}: {{name: Name, extension: "3{n:02}"}}\n' for n in range(10))
THEIRS = "\n\n\n  # From the directory\n" + "".join(
    f'  user{n}: {{name: User, extension: "2{n:02}", managed_by: csv/staff}}\n' for n in range(10)
)


def git(directory: Path, *words: str, check: bool = True) -> str:
    done = subprocess.run(
        ["git", *words], cwd=directory, capture_output=True, text=True, check=check
    )
    return done.stdout.strip()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """With a clone beside it that a person works in."""
    tree = tmp_path / "tree"
    tree.mkdir()
    git(tree, "init", "--quiet")
    (tree / "pbx.yaml").write_text(HEAD + OURS + THEIRS)
    git(tree, "add", ".")
    git(tree, "commit", "--quiet", "-m", "Begin")
    git(tmp_path, "clone", "--quiet", "--bare", str(tree), "pbx.git")
    git(tree, "remote", "add", "origin", str(tmp_path / "pbx.git"))
    git(tree, "fetch", "--quiet")
    git(tree, "branch", "--quiet", "--set-upstream-to=origin/main", "main")
    return tmp_path / "pbx.git"


def push_again_and_again(tree: Path) -> None:
    """A person changes a name of their own, and pulls and pushes until it is there.

    Now and then there is a moment without a push, or nobody else would ever get a turn.
    """
    for turn in range(TIMES):
        path, name = tree / "pbx.yaml", f"mine{turn % 10}"
        lines = path.read_text().splitlines(keepends=True)
        at = next(at for at, line in enumerate(lines) if f"  {name}:" in line)
        lines[at] = f'  {name}: {{name: Mine {turn}, extension: "3{turn % 10:02}"}}\n'
        path.write_text("".join(lines))
        git(tree, "commit", "--quiet", "--all", "-m", f"mine {turn}")
        time.sleep(random.uniform(0, 0.4))
        while subprocess.run(["git", "push", "-q"], cwd=tree, capture_output=True).returncode:
            git(tree, "pull", "--quiet", "--rebase")


def task(turn: int) -> Task:
    """The source says another mail address of one person."""
    people = tuple(
        Person(f"user{n}", f"user{n}", {"email": f"{_turn_of(n, turn)}@b"}, f"row {n}")
        for n in range(10)
        if _turn_of(n, turn) >= 0
    )
    batch = Batch("csv/staff", people, keeps_unsaid=True)
    return Task("csv/staff", "staff.csv", lambda tree: batch, lambda tree: Policy())


def _turn_of(n: int, turn: int) -> int:
    """The latest turn, up to one, in which somebody was changed; -1 for none."""
    return turn - (turn - n) % 10 if turn >= n else -1


@pytest.mark.timeout(900)
def test_nothing_of_a_hundred_changes_each_is_lost(bare: Path, tmp_path: Path) -> None:
    tree, outcomes = tmp_path / "tree", []
    person = threading.Thread(target=push_again_and_again, args=(tree,))
    person.start()
    for turn in range(TIMES):
        report = run_import(Workbench.at(bare, tmp_path / "state"), task(turn), Request())
        outcomes.append(report.outcome)
        assert not report.warnings
    person.join()
    assert outcomes == ["done"] * TIMES
    subjects = git(bare, "log", "--format=%s", "main").splitlines()
    assert sorted(subjects) == sorted(
        ["Begin", *(f"mine {turn}" for turn in range(TIMES))]
        + ["Import 1 user from staff.csv: 1 changed"] * TIMES
    )
    text = git(bare, "show", "main:pbx.yaml")
    for n in range(10):
        last = TIMES - 10 + n
        assert f'  mine{n}: {{name: Mine {last}, extension: "3{n:02}"}}\n' in text
        line = next(line for line in text.splitlines() if f"  user{n}:" in line)
        assert f'email: "{last}@b"' in line
    git(bare, "fsck", "--strict")
