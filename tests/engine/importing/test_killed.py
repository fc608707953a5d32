"""kill -9 at every step of an import: the branch is old or new, and the next run ends it."""

import multiprocessing
import os
import signal
import subprocess
from pathlib import Path

import pytest

from engine.importing import Request, Task, run_import
from engine.store.imports import ImportRecords
from engine.workbench import Workbench
from sync.importing import Batch, Person, Policy, Range
from sync.program import GitProgram

HEAD = "version: 1\nsystem: {domain: example.test}\nnodes: {pbx1: {address: 127.0.0.1}}\n"
USERS = 'users:\n  lobby: {name: Lobby, extension: "100"}\n'
PEOPLE = tuple(
    Person(f"id-{n}", f"user{n}", {"name": f"User {n}", "email": "new@b"}, f"row {n}")
    for n in range(3)
)
TASK = Task(
    "csv/staff",
    "staff.csv",
    lambda tree: Batch("csv/staff", PEOPLE, complete=True),
    lambda tree: Policy(extensions=Range("200", "299")),
)


@pytest.fixture(params=["working tree", "bare"])
def directory(tmp_path: Path, request) -> Path:
    tree = tmp_path / "tree"
    tree.mkdir()
    git(tree, "init", "--quiet")
    changed = '  user0: {name: Old, extension: "201", managed_by: csv/staff, managed_id: id-0}\n'
    (tree / "pbx.yaml").write_text(HEAD + USERS + changed)
    git(tree, "add", ".")
    git(tree, "commit", "--quiet", "-m", "Begin")
    if request.param == "working tree":
        return tree
    git(tmp_path, "clone", "--quiet", "--bare", str(tree), "pbx.git")
    return tmp_path / "pbx.git"


def git(directory: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=directory, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def import_until(directory: Path, state: Path, step: int) -> None:
    """A process that is killed when it starts its git number `step`, or before it remembers."""
    start, save, count = GitProgram.start, ImportRecords.save, 0

    def counted(self, *words, **options):
        nonlocal count
        count += 1
        if count == step:
            die()
        return start(self, *words, **options)

    def remembering(self, *words):
        if step == 0:
            die()
        save(self, *words)

    GitProgram.start, ImportRecords.save = counted, remembering
    run_import(Workbench.at(directory, state), TASK, Request())


def killed_at(directory: Path, state: Path, step: int) -> int | None:
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=import_until, args=(directory, state, step))
    process.start()
    process.join(60)
    return process.exitcode


@pytest.mark.timeout(300)
def test_killed_between_any_two_steps_the_branch_is_whole(directory: Path, tmp_path: Path) -> None:
    old, state, steps = git(directory, "rev-parse", "main"), tmp_path / "state", 0
    while killed_at(directory, state, steps + 1) == -signal.SIGKILL:
        steps += 1
        tip = git(directory, "rev-parse", "main")
        assert tip == old or git(directory, "rev-parse", "main~1") == old
        git(directory, "fsck", "--strict")
        if directory.name == "tree":
            assert git(directory, "status", "--porcelain") == ""
    assert steps > 12
    assert git(directory, "rev-list", "--count", "main") == "2"
    assert_imported(directory, state)


def test_killed_before_it_remembers_the_next_run_does(directory: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert killed_at(directory, state, 0) == -signal.SIGKILL
    assert git(directory, "rev-list", "--count", "main") == "2"
    assert_imported(directory, state)


def assert_imported(directory: Path, state: Path) -> None:
    """Nothing is left to do, and everybody is remembered."""
    report = run_import(Workbench.at(directory, state), TASK, Request())
    assert report.outcome == "nothing"
    text = git(directory, "show", "main:pbx.yaml")
    assert text.count("managed_by: csv/staff") == 3
    assert '  lobby: {name: Lobby, extension: "100"}' in text
