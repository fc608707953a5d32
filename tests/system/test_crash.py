"""`kill -9`, ports that are taken, repositories that are gone: what ran keeps running."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from ports import free_port
from running import PBX, Site, eventually, run

ALICE = "0015651234ab"


@contextmanager
def taken(port: int, kind: int = socket.SOCK_DGRAM) -> Iterator[None]:
    with socket.socket(type=kind) as blocker:
        blocker.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            blocker.listen()
        yield


def profile(site: Site) -> str:
    return run("curl", "-sf", site.url(ALICE), cwd=site.tree).stdout


@pytest.mark.timeout(300)
def test_killed_in_an_apply_it_starts_with_the_old_or_the_new_tree(
    new_site: Callable[..., Site],
) -> None:
    site = new_site()
    site.start()
    names = {site.head(): "Alice Adams"}
    hidden = site.tree.parent / "hidden.git"
    for number, delay in enumerate((0.0, 0.02, 0.04, 0.07, 0.15)):
        previous = site.head()
        site.edit(names[previous], f"Alice {number}")
        commit = site.commit(f"Name {number}")
        names[commit] = f"Alice {number}"
        time.sleep(delay)
        site.stop(signal.SIGKILL)
        # Without Git it can only start from the last good tree.
        (site.tree / ".git").rename(hidden)
        site.start()
        applied = site.status()["applied_revision"]
        assert applied in (previous, commit)
        assert f"display_name = {names[applied]}\n" in profile(site)
        hidden.rename(site.tree / ".git")
        site.runs(commit)
    assert "Traceback" not in site.output()
    listed = site.pbx("history", "--format", "json", "--state", site.state, check=True).stdout
    assert {a["outcome"] for a in json.loads(listed)["history"]} <= {"applied", "failed"}


def test_a_port_that_is_taken_leaves_the_old_revision_running(
    new_site: Callable[..., Site],
) -> None:
    site = new_site()
    site.start()
    before = site.head()
    port = free_port()
    with taken(port):
        site.edit(f"udp: {site.sip}", f"udp: {port}")
        commit = site.commit("Another port")
        eventually(lambda: site.says("Stalled"))
        status = site.status()
        assert status["applied_revision"] == before
        assert status["wanted_revision"] == commit
        stalled = next(c for c in status["conditions"] if c["type"] == "Stalled")
        assert stalled["reason"] == "ApplyFailed"
        assert f"udp port {port} of 127.0.0.1 is in use by" in stalled["message"]
        assert f"(pid {os.getpid()})" in stalled["message"]
        assert "nodes.pbx1.sip.udp" in stalled["message"]
        assert site.pbx("status", "--state", site.state).returncode == 2
        assert site.pbx("selftest", "--state", site.state).returncode == 0
    done = site.pbx("apply", "--yes", "--state", site.state)
    assert done.returncode == 0, done.stderr
    assert site.status()["applied_revision"] == commit
    assert site.status()["healthy"]


def test_a_http_port_that_is_taken_takes_the_router_back_too(
    new_site: Callable[..., Site],
) -> None:
    site = new_site()
    site.start()
    before, port, sip = site.head(), free_port(), free_port()
    with taken(port, socket.SOCK_STREAM):
        site.edit(f"port: {site.http}", f"port: {port}")
        site.edit(f"udp: {site.sip}, tcp: {site.sip}", f"udp: {sip}, tcp: {sip}")
        site.commit("Other ports")
        eventually(lambda: site.says("Stalled"))
        assert site.status()["applied_revision"] == before
        assert f"tcp port {port}" in site.pbx("status", "--state", site.state).stdout
        assert site.pbx("selftest", "--state", site.state).returncode == 0
        assert "display_name = Alice Adams" in profile(site)


def test_at_the_first_start_a_taken_port_is_told_and_nothing_runs(
    new_site: Callable[..., Site],
) -> None:
    site = new_site()
    with taken(site.sip):
        site.start(ready=False)
        assert site.process is not None
        assert site.process.wait(30) == 1
    assert f"udp port {site.sip} of 127.0.0.1 is in use by" in site.output()
    assert "nodes.pbx1.sip.udp" in site.output()
    assert "Traceback" not in site.output()


def test_a_second_node_with_the_same_state_is_refused(new_site: Callable[..., Site]) -> None:
    site = new_site()
    site.start()
    again = run(PBX, "run", site.tree, "--state", site.state, cwd=site.tree, check=False)
    assert again.returncode == 1
    assert "another node already runs" in again.stderr


def test_a_bad_newest_commit_does_not_keep_a_node_from_starting(
    new_site: Callable[..., Site],
) -> None:
    site = new_site()
    site.start()
    good = site.head()
    site.edit("users:", "usres:")
    bad = site.commit("Mistake")
    eventually(lambda: site.says("Stalled"))
    assert site.stop() == 0
    site.start()
    eventually(lambda: site.status()["wanted_revision"] == bad)
    assert site.status()["applied_revision"] == good
    assert 'did you mean "users"?' in site.output()


def test_saved_files_run_with_worktree_and_never_become_the_last_good_tree(
    new_site: Callable[..., Site],
) -> None:
    site = new_site()
    site.start()
    site.stop()
    site.start("--worktree")
    site.edit("Alice Adams", "Alice Unsaved")
    eventually(lambda: "Alice Unsaved" in profile(site))
    assert "+saved." in site.status()["applied_revision"]
    site.stop()
    (site.tree / ".git").rename(site.tree.parent / "hidden.git")
    site.options = ()
    site.start()
    assert "display_name = Alice Adams" in profile(site)
