"""Repositories behind a URL: here a path or file://, which git treats like any other remote."""

import asyncio
from pathlib import Path

import pytest

from sync.errors import BranchMissing, CommitRefused, FetchFailed, NoCommits
from sync.follow import Follower
from sync.message import trailers_of
from sync.origins import RemoteOrigin, Revision
from sync.remote import Clone, without_password

SOON = 10.0
QUIET = 0.5
POLL = 0.1


@pytest.fixture
def url(bare: Path) -> str:
    return f"file://{bare}"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state" / "clone.git"


async def following_revision(follower: Follower) -> Revision:
    return await asyncio.wait_for(anext(follower), SOON)


async def nothing_from(follower: Follower) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(follower), QUIET)


async def test_a_remote_branch_is_polled(url: str, state: Path, tree: Path, git, commit, push):
    async with Follower(RemoteOrigin(url, state), interval=POLL) as follower:
        first = await following_revision(follower)
        assert first == Revision("main", git(tree, "rev-parse", "HEAD"))
        await nothing_from(follower)
        newest = commit(tree, {"a.yaml": "# a\n"})
        push(tree)
        second = await following_revision(follower)
        assert second == Revision("main", newest)
        source = follower.origin.source(second)
        assert {entry.path for entry in source.entries()} == {"pbx.yaml", "a.yaml"}
        git(tree, "checkout", "--quiet", "-b", "other")
        commit(tree, {"b.yaml": ""})
        push(tree, "origin", "other")
        await nothing_from(follower)


async def test_a_force_push_is_followed_and_marked(url, state, tree: Path, git, commit, push):
    commit(tree, {"a.yaml": "# a\n"})
    push(tree)
    async with Follower(RemoteOrigin(url, state), interval=POLL) as follower:
        assert not (await following_revision(follower)).forced
        git(tree, "reset", "--quiet", "--hard", "HEAD^")
        newest = commit(tree, {"b.yaml": "# b\n"})
        push(tree, "--force")
        revision = await following_revision(follower)
        assert revision == Revision("main", newest, forced=True)


async def test_an_unreachable_remote_is_trouble_until_it_answers(
    url, state, bare: Path, tree: Path, commit, push
):
    async with Follower(RemoteOrigin(url, state), interval=POLL) as follower:
        first = await following_revision(follower)
        bare.rename(bare.with_name("away"))
        await nothing_from(follower)
        assert isinstance(follower.trouble, FetchFailed)
        assert follower.trouble.remote == url
        assert follower.origin.source(first).entries()
        bare.with_name("away").rename(bare)
        newest = commit(tree, {"a.yaml": ""})
        push(tree)
        assert (await following_revision(follower)).commit == newest
        assert follower.trouble is None


async def test_a_nudge_fetches_at_once(url, state, tree: Path, commit, push):
    async with Follower(RemoteOrigin(url, state), interval=3600) as follower:
        await following_revision(follower)
        newest = commit(tree, {"a.yaml": ""})
        push(tree)
        follower.nudge()
        assert (await following_revision(follower)).commit == newest


async def test_a_deleted_remote_branch_keeps_what_runs(url, state, bare, tree, git):
    git(tree, "push", "--quiet", "origin", "main:production")
    async with Follower(RemoteOrigin(url, state, "production"), interval=POLL) as follower:
        first = await following_revision(follower)
        git(bare, "update-ref", "-d", "refs/heads/production")
        await nothing_from(follower)
        assert isinstance(follower.trouble, BranchMissing)
        assert follower.origin.source(first).entries()


async def test_an_empty_remote_waits_for_its_first_push(tmp_path: Path, state, tree, git):
    empty = tmp_path / "empty.git"
    git(tmp_path, "init", "--quiet", "--bare", str(empty))
    async with Follower(RemoteOrigin(str(empty), state), interval=POLL) as follower:
        await nothing_from(follower)
        assert isinstance(follower.trouble, NoCommits)
        git(tree, "push", "--quiet", str(empty), "main")
        assert (await following_revision(follower)).branch == "main"


async def test_two_looks_at_once_do_not_disturb_each_other(url, state, tree: Path, git):
    origin = RemoteOrigin(url, state)
    found = await asyncio.gather(*(asyncio.to_thread(origin.look, None) for _ in range(4)))
    assert {revision.commit for revision in found} == {git(tree, "rev-parse", "HEAD")}
    origin.close()


def test_a_damaged_clone_is_made_again(url, state: Path, tree: Path, git):
    Clone(state, url).fetch("main")
    (state / "HEAD").write_text("garbage")
    assert Clone(state, url).fetch("main") == git(tree, "rev-parse", "HEAD")


def test_locks_of_a_killed_node_do_not_stop_the_next(url, state: Path, tree: Path, commit, push):
    Clone(state, url).fetch("main")
    (state / "refs" / "heads" / "main.lock").touch()
    (state / "packed-refs.lock").touch()
    newest = commit(tree, {"a.yaml": ""})
    push(tree)
    assert Clone(state, url).fetch("main") == newest


def test_a_rollback_is_pushed_to_the_remote(url, state, bare: Path, tree: Path, git, commit, push):
    good = git(tree, "rev-parse", "HEAD")
    commit(tree, {"pbx.yaml": "# broken\n"})
    push(tree)
    clone = Clone(state, url)
    new = clone.roll_back(good, "main")
    assert git(bare, "rev-parse", "main") == new
    assert trailers_of(clone.repository.commit_info(new).body) == {"Dialtree-Rollback-To": good}
    assert git(bare, "diff", "--stat", good, "main") == ""


def test_a_remote_that_refuses_the_rollback_keeps_its_branch(url, state, bare, tree, commit, push):
    head = commit(tree, {"pbx.yaml": "# broken\n"})
    push(tree)
    hook = bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    clone = Clone(state, url)
    with pytest.raises(CommitRefused, match="refused the push"):
        clone.roll_back("main^", "main")
    assert clone.fetch("main") == head


def test_a_password_in_the_url_is_never_shown(state: Path):
    url = "http://pbx:hunter2@127.0.0.1:1/pbx.git"
    assert "hunter2" not in without_password(url)
    clone = Clone(state, url)
    with pytest.raises(FetchFailed) as caught:
        clone.fetch("main")
    assert "hunter2" not in str(caught.value)
    assert (state / "config").stat().st_mode & 0o077 == 0 or state.stat().st_mode & 0o077 == 0
