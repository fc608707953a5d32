"""Following a branch: what is yielded, what is ignored, what survives."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sync.errors import BranchMissing, NoCommits, NotARepository
from sync.follow import Follower, pause
from sync.git import Repository
from sync.origins import LocalOrigin, Origin, Revision, SavedOrigin

SOON = 10.0  # seconds: far more than needed, so that a busy machine is not a failure
QUIET = 0.3  # seconds in which nothing may come; looks happen within 0.05


@asynccontextmanager
async def following(origin: Origin, **options) -> AsyncIterator[Follower]:
    async with Follower(origin, **options) as follower:
        yield follower


async def following_revision(follower: Follower) -> Revision:
    return await asyncio.wait_for(anext(follower), SOON)


async def nothing_from(follower: Follower, seconds: float = QUIET) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(follower), seconds)


async def until(condition) -> None:
    async with asyncio.timeout(SOON):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.fixture
def in_thread(commit):
    """commit() beside the running event loop."""
    return lambda *arguments: asyncio.to_thread(commit, *arguments)


async def test_each_commit_of_a_working_tree_comes_once(tree: Path, git, in_thread):
    async with following(LocalOrigin(tree)) as follower:
        first = await following_revision(follower)
        assert first == Revision("main", git(tree, "rev-parse", "HEAD"))
        for number in range(5):
            newest = await in_thread(tree, {"a.yaml": f"# {number}\n"})
            revision = await following_revision(follower)
            assert revision == Revision("main", newest, forced=False)
        await nothing_from(follower)
        assert follower.trouble is None
        assert follower.looked_at is not None
        assert abs(follower.looked_at - time.time()) < 5


async def test_saved_files_and_staging_are_no_commits(tree: Path, git):
    async with following(LocalOrigin(tree)) as follower:
        await following_revision(follower)
        (tree / "pbx.yaml").write_text("# half of an idea\n")
        await asyncio.to_thread(git, tree, "add", "pbx.yaml")
        await nothing_from(follower)


async def test_the_files_of_a_revision_are_those_of_its_commit(tree: Path, in_thread):
    async with following(LocalOrigin(tree)) as follower:
        await following_revision(follower)
        await in_thread(tree, {"pbx.yaml": "# second\n"})
        revision = await following_revision(follower)
        (tree / "pbx.yaml").write_text("# saved\n")
        source = follower.origin.source(revision)
        assert source.read(source.entries()[0]) == b"# second\n"
        assert follower.origin.commit_info(revision).subject == "Change"


async def test_commits_on_other_branches_are_ignored(tree: Path, git, in_thread):
    async with following(LocalOrigin(tree)) as follower:
        await following_revision(follower)
        await asyncio.to_thread(git, tree, "checkout", "--quiet", "-b", "trial")
        await in_thread(tree, {"a.yaml": ""})
        await nothing_from(follower)
        await asyncio.to_thread(git, tree, "checkout", "--quiet", "main")
        await asyncio.to_thread(git, tree, "merge", "--quiet", "trial")
        assert (await following_revision(follower)).branch == "main"


async def test_a_named_branch_with_a_slash_is_followed(tree: Path, git, in_thread):
    await asyncio.to_thread(git, tree, "branch", "site/berlin")
    async with following(LocalOrigin(tree, "site/berlin")) as follower:
        assert (await following_revision(follower)).branch == "site/berlin"
        await asyncio.to_thread(git, tree, "checkout", "--quiet", "site/berlin")
        newest = await in_thread(tree, {"a.yaml": ""})
        assert (await following_revision(follower)).commit == newest


async def test_a_linked_working_tree_is_followed(tree: Path, tmp_path: Path, git, in_thread):
    linked = tmp_path / "linked"
    await asyncio.to_thread(git, tree, "worktree", "add", "--quiet", "-b", "trial", str(linked))
    async with following(LocalOrigin(linked)) as follower:
        assert (await following_revision(follower)).branch == "trial"
        newest = await in_thread(linked, {"a.yaml": ""})
        assert (await following_revision(follower)).commit == newest


async def test_rewritten_history_is_followed_and_marked(tree: Path, git, in_thread):
    async with following(LocalOrigin(tree)) as follower:
        await following_revision(follower)
        await in_thread(tree, {"a.yaml": "# 1\n"})
        assert not (await following_revision(follower)).forced
        await asyncio.to_thread(git, tree, "commit", "--quiet", "--amend", "-m", "Other words")
        assert (await following_revision(follower)).forced
        await in_thread(tree, {"a.yaml": "# 2\n"})
        assert not (await following_revision(follower)).forced


async def test_history_rewritten_while_the_node_was_down_is_marked(tree: Path, git, in_thread):
    ran = await in_thread(tree, {"a.yaml": "# 1\n"})
    await asyncio.to_thread(git, tree, "commit", "--quiet", "--amend", "-m", "Other words")
    async with following(LocalOrigin(tree), previous=Revision("main", ran)) as follower:
        assert (await following_revision(follower)).forced


async def test_several_commits_at_once_yield_the_newest(tree: Path, git, in_thread):
    async with following(LocalOrigin(tree)) as follower:
        await following_revision(follower)
        for number in range(4):
            newest = await in_thread(tree, {"a.yaml": f"# {number}\n"})
        assert (await following_revision(follower)).commit == newest
        await nothing_from(follower)


async def test_garbage_collection_is_survived(tree: Path, git, in_thread):
    async with following(LocalOrigin(tree)) as follower:
        await following_revision(follower)
        for number in range(2):
            await asyncio.to_thread(git, tree, "gc", "--quiet", "--prune=now")
            await nothing_from(follower)
            newest = await in_thread(tree, {"a.yaml": f"# {number}\n"})
            assert (await following_revision(follower)).commit == newest


async def test_a_locked_index_does_not_hide_a_commit(tree: Path, git):
    async with following(LocalOrigin(tree)) as follower:
        first = await following_revision(follower)
        (tree / ".git" / "index.lock").touch()
        await nothing_from(follower)
        await asyncio.to_thread(
            git, tree, "update-ref", "refs/heads/main",
            git(tree, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "Plumbing"),
        )  # fmt: skip
        assert (await following_revision(follower)).commit != first.commit


async def test_an_empty_repository_waits_and_says_so(tmp_path: Path, git, in_thread):
    directory = tmp_path / "empty"
    directory.mkdir()
    git(directory, "init", "--quiet")
    said: list[str] = []
    async with following(
        LocalOrigin(directory), on_trouble=lambda trouble: said.append(str(trouble))
    ) as follower:
        await nothing_from(follower)
        assert isinstance(follower.trouble, NoCommits)
        newest = await in_thread(directory, {"pbx.yaml": ""})
        assert (await following_revision(follower)).commit == newest
        assert said == [f"{directory} has no commits yet on main", "None"]


async def test_an_empty_bare_repository_takes_the_branch_its_head_names_at_the_first_push(
    tmp_path: Path, tree: Path, git
):
    directory = tmp_path / "empty.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=master", str(directory))
    async with following(LocalOrigin(directory)) as follower:
        await nothing_from(follower)
        await asyncio.to_thread(git, tree, "push", "--quiet", str(directory), "main")
        await nothing_from(follower)
        assert isinstance(follower.trouble, BranchMissing)
        assert "it has main" in str(follower.trouble)
        await asyncio.to_thread(git, directory, "symbolic-ref", "HEAD", "refs/heads/main")
        assert (await following_revision(follower)).branch == "main"


async def test_a_deleted_branch_is_trouble_until_it_is_back(tree: Path, git):
    git(tree, "branch", "keep")
    async with following(LocalOrigin(tree)) as follower:
        first = await following_revision(follower)
        await asyncio.to_thread(git, tree, "checkout", "--quiet", "keep")
        await asyncio.to_thread(git, tree, "branch", "--quiet", "-D", "main")
        await until(lambda: follower.trouble is None and follower._stirred.is_set())
        await nothing_from(follower)
        assert isinstance(follower.trouble, BranchMissing)
        await asyncio.to_thread(git, tree, "branch", "main")
        await nothing_from(follower)
        assert follower.trouble is None
        assert follower.current == first


async def test_a_repository_that_goes_away_and_comes_back(tree: Path, tmp_path: Path, in_thread):
    async with following(LocalOrigin(tree)) as follower:
        await following_revision(follower)
        tree.rename(tmp_path / "away")
        await nothing_from(follower, 1.5)
        assert isinstance(follower.trouble, NotARepository)
        (tmp_path / "away").rename(tree)
        newest = await in_thread(tree, {"a.yaml": ""})
        assert (await following_revision(follower)).commit == newest
        assert follower.trouble is None


async def test_a_repository_restored_from_a_copy_is_followed(tree: Path, tmp_path, in_thread):
    shutil.copytree(tree, tmp_path / "copy")
    async with following(LocalOrigin(tree)) as follower:
        await following_revision(follower)
        await in_thread(tree, {"a.yaml": ""})
        await following_revision(follower)
        await asyncio.to_thread(shutil.rmtree, tree)
        await asyncio.to_thread((tmp_path / "copy").rename, tree)
        revision = await following_revision(follower)
        assert revision.forced
        newest = await in_thread(tree, {"b.yaml": ""})
        assert (await following_revision(follower)) == Revision("main", newest)


async def test_pushes_to_a_bare_repository_arrive(bare: Path, tree: Path, in_thread, push):
    async with following(LocalOrigin(bare)) as follower:
        await following_revision(follower)
        newest = await in_thread(tree, {"a.yaml": ""})
        await asyncio.to_thread(push, tree)
        assert (await following_revision(follower)) == Revision("main", newest)


async def test_a_nudge_makes_a_follower_look_where_nothing_stirs(bare: Path, tree, commit, push):
    class Still(LocalOrigin):
        def directories(self):
            return frozenset()

    async with following(Still(bare)) as follower:
        await following_revision(follower)
        newest = commit(tree, {"a.yaml": ""})
        push(tree)
        follower.nudge()
        assert (await following_revision(follower)).commit == newest


async def test_a_commit_is_noticed_within_a_second_on_a_silent_file_system(
    tree: Path, commit, monkeypatch
):
    monkeypatch.setattr("sync.origins.ref_directories", lambda repository, branch: [tree])
    async with following(LocalOrigin(tree)) as follower:
        await following_revision(follower)
        newest = await asyncio.to_thread(commit, tree, {})
        assert (await following_revision(follower)).commit == newest


@pytest.mark.parametrize("error", [OSError("no space left on device"), RuntimeError("gave up")])
async def test_without_inotify_a_commit_is_noticed_all_the_same(
    tree: Path, commit, monkeypatch, error: Exception
):
    async def exhausted(*_, **__):
        raise error
        yield

    monkeypatch.setattr("sync.watch.awatch", exhausted)
    async with following(LocalOrigin(tree)) as follower:
        await following_revision(follower)
        newest = await asyncio.to_thread(commit, tree, {})
        assert (await following_revision(follower)).commit == newest


async def test_a_watcher_that_breaks_is_told_and_made_good_by_looking(
    tree: Path, commit, monkeypatch
):
    async def broken(*_, **__):
        raise ImportError("no module named ssl")
        yield

    monkeypatch.setattr("sync.watch.awatch", broken)
    monkeypatch.setattr("sync.follow.BLIND_INTERVAL", 0.1)
    async with following(LocalOrigin(tree)) as follower:
        await following_revision(follower)
        newest = await asyncio.to_thread(commit, tree, {})
        assert (await following_revision(follower)).commit == newest
        assert "noticed late" in str(follower.trouble)
        assert "no module named ssl" in str(follower.trouble)


async def test_saved_files_run_as_they_are_saved(tree: Path, git, configuration: str):
    async with following(SavedOrigin(tree)) as follower:
        first = await following_revision(follower)
        assert first.saved
        assert first.commit == git(tree, "rev-parse", "HEAD")
        (tree / "pbx.yaml").write_text(configuration.replace("Alice Adams", "Alice Archer"))
        second = await following_revision(follower)
        assert second.name != first.name
        source = follower.origin.source(second)
        entry = next(e for e in source.entries() if e.path == "pbx.yaml")
        assert b"Alice Archer" in source.read(entry)
        (tree / "pbx.yaml").write_text((tree / "pbx.yaml").read_text())
        await nothing_from(follower)


async def test_a_file_saved_in_a_new_folder_is_seen(tree: Path):
    async with following(SavedOrigin(tree)) as follower:
        await following_revision(follower)
        (tree / "users" / "deep").mkdir(parents=True)
        (tree / "users" / "deep" / "a.yaml").write_text("# a\n")
        await following_revision(follower)
        await nothing_from(follower, 0.2)
        (tree / "users" / "deep" / "a.yaml").write_text("# b\n")
        await following_revision(follower)


async def test_saved_files_need_no_repository(tmp_path: Path, configuration: str):
    (tmp_path / "pbx.yaml").write_text(configuration)
    async with following(SavedOrigin(tmp_path)) as follower:
        revision = await following_revision(follower)
        assert revision.commit is None
        assert revision.name.startswith("unborn+saved.")


async def test_leaving_ends_the_watch_and_the_reader(tree: Path):
    async with following(LocalOrigin(tree)) as follower:
        revision = await following_revision(follower)
        follower.origin.commit_info(revision)
        repository = follower.origin.repository()
        assert isinstance(repository, Repository)
        process = repository.objects._process
        assert process is not None
    assert process.proc is None or process.proc.returncode is not None
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others


def test_pauses_grow_with_failures_and_vary():
    assert 24 <= min(pause(30, 0) for _ in range(100)) < max(pause(30, 0) for _ in range(100)) <= 36
    assert 48 <= pause(30, 1) <= 72
    assert all(480 <= pause(30, failures) <= 720 for failures in (5, 50, 5000))
    assert 960 <= pause(1200, 3) <= 1440
