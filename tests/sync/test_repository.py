"""Opening repositories and reading what stands where."""

import os
import shutil
import subprocess
import unicodedata
from datetime import UTC, datetime
from encodings.aliases import aliases
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.commits import changes
from sync.errors import (
    BranchMissing,
    DetachedHead,
    GitTimedOut,
    NoCommits,
    NotARepository,
    UnknownRevision,
    UnsafeRepository,
)
from sync.git import Repository, parse_commit
from sync.program import GitProgram


def test_head_of_a_working_tree_and_of_a_bare_repository(tree: Path, bare: Path, git):
    expected = git(tree, "rev-parse", "HEAD")
    for directory in (tree, bare):
        with Repository.open(directory) as repository:
            assert repository.head() == expected
            assert repository.head_branch() == "main"
            assert repository.bare is (directory == bare)


def test_a_linked_working_tree_is_read_like_the_first(tree: Path, tmp_path: Path, git, commit):
    git(tree, "worktree", "add", "--quiet", "-b", "trial", str(tmp_path / "linked"))
    newest = commit(tmp_path / "linked", {"a.yaml": ""})
    with Repository.open(tmp_path / "linked") as repository:
        assert repository.head() == newest
        assert repository.head("main") != newest
        assert repository.common_dir == tree / ".git"


def test_the_head_is_read_anew_each_time_packed_or_loose(tree: Path, git, commit):
    with Repository.open(tree) as repository:
        for number in range(3):
            newest = commit(tree, {"a.yaml": f"# {number}\n"})
            assert repository.head() == newest
            git(tree, "pack-refs", "--all")
            git(tree, "gc", "--quiet", "--prune=now")
            assert repository.head() == newest


def test_a_repository_made_anew_at_the_same_path_is_noticed(tree: Path, git, commit):
    with Repository.open(tree) as repository:
        repository.head()
        shutil.rmtree(tree / ".git")
        with pytest.raises(NotARepository):
            repository.head()
        git(tree, "init", "--quiet")
        newest = commit(tree, {"pbx.yaml": "version: 1\n"})
        assert repository.head() == newest


def test_an_open_reader_survives_the_end_of_its_process(tree: Path):
    with Repository.open(tree) as repository:
        info = repository.commit_info("HEAD")
        process = repository.objects._process
        assert process is not None
        process.proc.kill()
        process.proc.wait()
        assert repository.commit_info("HEAD") == info


@pytest.mark.parametrize(
    "revision", ["nothing", "", "HEAD~99", "a b missing", "HEAD\nHEAD", "-x", "0" * 40]
)
def test_an_unknown_revision_is_named(tree: Path, revision: str):
    with Repository.open(tree) as repository:
        with pytest.raises(UnknownRevision, match="names no commit") as caught:
            repository.resolve(revision)
        assert caught.value.revision == revision
        assert repository.resolve("HEAD") == repository.head()


def test_a_blob_is_no_revision(tree: Path, git):
    with Repository.open(tree) as repository, pytest.raises(UnknownRevision):
        repository.resolve(git(tree, "rev-parse", "HEAD:pbx.yaml"))


def test_a_repository_without_commits_says_so(tmp_path: Path, git):
    git(tmp_path, "init", "--quiet")
    with Repository.open(tmp_path) as repository, pytest.raises(NoCommits, match="on main"):
        repository.head()


def test_a_missing_branch_is_told_with_those_that_exist(tree: Path):
    expected = r"no branch production \(it has main\)"
    with Repository.open(tree) as repository, pytest.raises(BranchMissing, match=expected):
        repository.head("production")


def test_a_detached_head_names_no_branch(tree: Path, git):
    git(tree, "checkout", "--quiet", "--detach")
    with Repository.open(tree) as repository, pytest.raises(DetachedHead):
        repository.head()


def test_the_followed_branch_can_be_set_in_the_repository(tree: Path, git):
    git(tree, "config", "dialtree.branch", "production")
    with Repository.open(tree) as repository:
        assert repository.followed_branch() == "production"


@pytest.mark.parametrize("place", ["nowhere", "plain", "tree/users", "tree/.git"])
def test_what_is_not_the_top_of_a_repository_is_refused(tmp_path: Path, tree: Path, place: str):
    (tmp_path / "plain").mkdir()
    (tree / "users").mkdir()
    with pytest.raises(NotARepository) as caught:
        Repository.open(tmp_path / place)
    assert str(tmp_path / place) in str(caught.value)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_repository_of_somebody_else_comes_with_the_way_out(tree: Path):
    for path in [tree, *tree.rglob("*")]:
        os.chown(path, 65534, 65534)
    with pytest.raises(UnsafeRepository, match=r"safe\.directory"):
        Repository.open(tree)


def test_commit_info_reads_people_time_and_message(tree: Path, git):
    git(
        tree, "-c", "user.name=Zoë Ünal", "commit", "--quiet", "--allow-empty",
        "--date=2026-01-02T03:04:05+0100", "-m", "Add\na phone", "-m", "Because.\n\nKey: value",
    )  # fmt: skip
    with Repository.open(tree) as repository:
        info = repository.commit_info("HEAD")
    assert info.author == "Zoë Ünal"
    assert info.email == "alice@example.test"
    assert info.subject == "Add a phone"
    assert info.body == "Because.\n\nKey: value"
    assert info.time == int(git(tree, "log", "-1", "--format=%ct"))
    assert info.parents == (git(tree, "rev-parse", "HEAD^"),)


def test_a_commit_in_another_encoding_is_readable():
    data = (
        b"tree 0\nauthor J\xfcrgen <j@example.test> 1 +0000\n"
        b"committer J\xfcrgen <j@example.test> 2 +0000\nencoding ISO-8859-1\n\nGr\xfc\xdfe\n"
    )
    info = parse_commit("0", data)
    assert (info.author, info.subject, info.time) == ("Jürgen", "Grüße", 2)


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"author", b"author <\ncommitter > x\n\n\n", b"x y"]
)
def test_a_damaged_commit_object_does_not_raise(data: bytes):
    assert parse_commit("0", data).id == "0"


CODECS = st.sampled_from(sorted(set(aliases.values()))).map(str.encode)


@given(
    date=st.binary(max_size=30) | st.integers(min_value=-1).map(lambda n: b" %d +0000" % n),
    encoding=CODECS | st.binary(max_size=20),
    more=st.binary(max_size=30),
    message=st.binary(max_size=60) | st.just(b"\\ud800 +2AA- \x1b]0;x\x07 \xe2\x80\xae"),
)
def test_a_crafted_commit_object_reads_as_text_for_people(date, encoding, more, message) -> None:
    data = (
        b"tree 0\nauthor A <a>" + date + b"\ncommitter A <a>" + date
        + b"\nencoding " + encoding + b"\n" + more + b"\n\n" + message
    )  # fmt: skip
    info = parse_commit("0", data)
    datetime.fromtimestamp(info.time, UTC).astimezone()
    for text in (info.author, info.email, info.subject, info.body, *info.parents):
        text.encode()
        assert not any(
            unicodedata.category(c) in ("Cc", "Cs", "Zl") for c in text if c not in "\n\t"
        )
        assert "\u202e" not in text


def test_parents_are_the_ones_that_git_sees():
    data = b"tree 0\nparent 1\nparent 2\nauthor A <a> 1 +0000\nparent 3\n\nMerge"
    assert parse_commit("0", data).parents == ("1", "2")


def test_programs_named_in_the_repository_are_not_run(tree: Path, git, tmp_path: Path):
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\nexit 1\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "core.pager", "core.askPass"):
        git(tree, "config", key, str(trap))
    (tree / "pbx.yaml").write_text("# changed\n")
    with Repository.open(tree) as repository:
        assert [change.path for change in changes(repository)] == ["pbx.yaml"]
        repository.tree("HEAD").entries()
    assert not (tmp_path / "sprung").exists()


def test_git_and_its_children_end_when_their_time_is_up(tree: Path):
    program = GitProgram(tree, tree / ".git")
    with pytest.raises(GitTimedOut):
        program.run("-c", "alias.hang=!echo $$ > hanging; sleep 60", "hang", timeout=1.0)
    process = int((tree / "hanging").read_text())
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True
    )
    assert state.stdout.strip()[:1] in ("", "Z")


def test_packing_twice_in_a_second_never_brings_an_old_commit_back(tree: Path, git, commit):
    """packed-refs of the same size, second and inode: a long-lived git would trust its memory."""
    with Repository.open(tree) as repository:
        for number in range(15):
            newest = commit(tree, {"a.yaml": f"# {number}\n"})
            git(tree, "pack-refs", "--all")
            repository.tree("HEAD").read(repository.tree("HEAD").entries()[0])
            git(tree, "pack-refs", "--all")
            assert repository.head() == newest
