"""kill -9 at any step of a write-back leaves the branch where it was, or where it should be."""

import multiprocessing
import os
import signal
import subprocess
import time

import pytest

from schema.validate import validate
from sync.git import Repository
from sync.program import GitProgram
from sync.writeback import ABSENT, LocalTarget, Note, Put, write_back

EDIT = Put(("phones", "001565000001"), {"model": "m", "lines": ["alice"]}, expected=ABSENT)
NOTE = Note("Approve", "devices approve")


def die(git_too: bool, started) -> None:
    if git_too:
        os.killpg(started.proc.pid, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def write_until(directory, step: int, delay: float | None) -> None:
    """A process that is killed when it starts its git number `step`, or `delay` s after it."""
    start, count = GitProgram.start, 0

    def counted(self, *arguments, **options):
        nonlocal count
        count += 1
        if count == step and delay is None:
            die(False, None)
        process = start(self, *arguments, **options)
        if count == step:
            time.sleep(delay)
            die(True, process)
        return process

    GitProgram.start = counted
    with Repository.open(directory) as repository:
        write_back(LocalTarget(repository), [EDIT], NOTE, validate)


@pytest.mark.parametrize("where", ["tree", "bare"])
def test_killed_between_two_steps_the_next_one_finishes(where, request, git):
    directory = request.getfixturevalue(where)
    old, steps = git(directory, "rev-parse", "main"), 0
    while (exitcode := run(directory, steps + 1, None)) != 0:
        steps += 1
        assert exitcode == -signal.SIGKILL
        assert git(directory, "rev-parse", "main") == old
        assert (where == "bare") or git(directory, "status", "--porcelain") == ""
    assert steps > 8  # more would be no commit any more
    assert_whole(directory, git, old)


@pytest.mark.parametrize("delay", [0, 0.001, 0.003])
@pytest.mark.parametrize("where", ["tree", "bare"])
def test_killed_together_with_git_the_branch_is_old_or_new(where, delay, request, git):
    directory = request.getfixturevalue(where)
    old = git(directory, "rev-parse", "main")
    for step in range(1, 30):
        if run(directory, step, delay) == 0:
            break
        if git(directory, "rev-parse", "main") != old:
            break
        clean_up(directory, git)
    assert_whole(directory, git, old)


def run(directory, step, delay) -> int:
    process = multiprocessing.get_context("fork").Process(
        target=write_until, args=(directory, step, delay)
    )
    process.start()
    process.join(60)
    return process.exitcode


def clean_up(directory, git) -> None:
    """What a person does after a crash: git's lock files go, and its half-made changes."""
    for lock in directory.rglob("*.lock"):
        if lock.name != "dialtree-writeback.lock":
            lock.unlink()
    if (directory / ".git").exists():
        git(directory, "reset", "--quiet", "--hard")


def assert_whole(directory, git, old) -> None:
    tip = git(directory, "rev-parse", "main")
    fsck = subprocess.run(["git", "fsck", "--strict"], cwd=directory, capture_output=True)
    assert fsck.returncode == 0
    with Repository.open(directory) as repository:
        found = validate(repository.tree(tip)).system
        assert repository.commit_info(tip).parents == (old,)
    assert EDIT.path[1] in found.phones
