"""What `pbx apply` commits and what `pbx rollback` brings back."""

from pathlib import Path

import pytest

from sync.commits import changes, commit_worktree, is_dirty, roll_back
from sync.errors import CommitRefused, UnknownRevision
from sync.git import Repository, parse_commit
from sync.message import Identity, compose, trailers_of


@pytest.fixture
def repository(tree: Path):
    with Repository.open(tree) as opened:
        yield opened


def test_a_clean_tree_has_nothing_to_commit(repository: Repository):
    assert not is_dirty(repository)
    with pytest.raises(CommitRefused, match="nothing has changed"):
        commit_worktree(repository, "Nothing")


def test_changes_deletions_and_new_yaml_are_committed_and_nothing_else(
    repository: Repository, tree: Path, git, commit
):
    commit(tree, {"users/old.yaml": "", "notes.txt": "a"})
    (tree / "users" / "old.yaml").unlink()
    (tree / "notes.txt").write_text("b")
    (tree / ".gitignore").write_text("ignored.yaml\n")
    git(tree, "add", ".gitignore")
    new = {
        "users/ä b.yaml": True,
        "devices/acme/model.yaml": True,
        "devices/acme/templates/a.j2": True,
        "tests/calls.yaml": True,
        "ignored.yaml": False,
        "password.txt": False,
        "users/.#lock.yaml": False,
    }
    for name in new:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name)
    assert is_dirty(repository)
    head = commit_worktree(repository, "Move Alice", body="As she asked.", trailers={"A-Key": "1"})
    assert head == git(tree, "rev-parse", "HEAD")
    listed = git(tree, "ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")
    assert {name: name in listed for name in new} == new
    assert "users/old.yaml" not in listed
    assert git(tree, "show", "HEAD:notes.txt") == "b"
    assert git(tree, "log", "-1", "--format=%B") == "Move Alice\n\nAs she asked.\n\nA-Key: 1"
    assert not is_dirty(repository)


def test_a_new_file_with_a_pattern_for_a_name_takes_no_other_along(
    repository: Repository, tree: Path, git
):
    (tree / "*.yaml").write_text("")
    (tree / "x.txt").write_text("")
    (tree / ":(top)x.yaml").write_text("")
    commit_worktree(repository, "Odd")
    assert "x.txt" not in git(tree, "ls-files")


def test_the_author_can_be_somebody_else(repository: Repository, tree: Path, git):
    (tree / "pbx.yaml").write_text("# mine\n")
    commit_worktree(repository, "Import", author=Identity("LDAP corp", "ldap@example.test"))
    assert git(tree, "log", "-1", "--format=%an %cn") == "LDAP corp Alice Adams"


def test_a_fresh_machine_without_identity_commits_as_the_login(
    repository: Repository, tree: Path, git, own_git_configuration: Path, monkeypatch
):
    own_git_configuration.write_text("")
    monkeypatch.setenv("LOGNAME", "carol")
    (tree / "pbx.yaml").write_text("# mine\n")
    commit_worktree(repository, "Change")
    assert git(tree, "log", "-1", "--format=%an %cn") == "carol carol"
    roll_back(repository, "HEAD^")
    assert git(tree, "log", "-1", "--format=%an") == "carol"


def test_a_hook_that_refuses_is_quoted_and_leaves_index_and_files(
    repository: Repository, tree: Path, git
):
    hook = tree / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n")
    hook.chmod(0o755)
    (tree / "staged.yaml").write_text("")
    git(tree, "add", "staged.yaml")
    (tree / "new.yaml").write_text("")
    (tree / "pbx.yaml").write_text("# changed\n")
    before = git(tree, "status", "--porcelain")
    head = repository.head()
    with pytest.raises(CommitRefused, match="not on a Friday"):
        commit_worktree(repository, "Refused")
    assert git(tree, "status", "--porcelain") == before
    assert repository.head() == head


def test_conflicts_are_never_committed(repository: Repository, tree: Path, git, commit):
    git(tree, "checkout", "--quiet", "-b", "other")
    commit(tree, {"pbx.yaml": "# theirs\n"})
    git(tree, "checkout", "--quiet", "main")
    commit(tree, {"pbx.yaml": "# ours\n"})
    with pytest.raises(AssertionError):
        git(tree, "merge", "other")
    with pytest.raises(CommitRefused, match=r"conflicts in pbx\.yaml"):
        commit_worktree(repository, "Oops")
    git(tree, "checkout", "--quiet", "--ours", "pbx.yaml")
    git(tree, "add", "pbx.yaml")
    with pytest.raises(CommitRefused, match="a merge is unfinished"):
        commit_worktree(repository, "Oops")
    with pytest.raises(CommitRefused, match="a merge is unfinished"):
        roll_back(repository, "HEAD^")


def test_a_bare_repository_has_no_files_to_commit(bare: Path):
    with Repository.open(bare) as repository, pytest.raises(CommitRefused, match="bare"):
        commit_worktree(repository, "No")


def test_a_rollback_adds_a_commit_with_the_old_tree(
    repository: Repository, tree: Path, git, commit
):
    good = repository.head()
    commit(tree, {"users/a.yaml": "# a\n"}, "Add a")
    bad = commit(tree, {"pbx.yaml": "# broken\n"}, "Break it")
    new = roll_back(repository, good)
    info = repository.commit_info(new)
    assert info.parents == (bad,)
    assert info.subject == f'Roll back to {good[:7]} "Begin"'
    assert trailers_of(info.body) == {"Dialtree-Rollback-To": good}
    assert git(tree, "diff", "--stat", good, "HEAD") == ""
    assert not (tree / "users" / "a.yaml").exists()
    assert "Alice Adams" in (tree / "pbx.yaml").read_text()
    assert git(tree, "status", "--porcelain") == ""


def test_a_rollback_in_a_bare_repository(bare: Path, tree: Path, git, commit, push):
    commit(tree, {"pbx.yaml": "# broken\n"})
    push(tree)
    with Repository.open(bare) as repository:
        before = repository.head()
        new = roll_back(repository, "HEAD^", subject="Undo")
        assert repository.head() == new
        assert repository.commit_info(new).parents == (before,)
        assert repository.commit_info(new).subject == "Undo"
    git(tree, "pull", "--quiet", "--ff-only")
    assert "Alice Adams" in (tree / "pbx.yaml").read_text()


def test_a_rollback_of_a_branch_that_is_not_checked_out_touches_no_file(
    repository: Repository, tree: Path, git, commit
):
    commit(tree, {"pbx.yaml": "# broken\n"})
    git(tree, "checkout", "--quiet", "-b", "work")
    (tree / "pbx.yaml").write_text("# being edited\n")
    new = roll_back(repository, "main^", branch="main")
    assert repository.head("main") == new
    assert (tree / "pbx.yaml").read_text() == "# being edited\n"


def test_a_rollback_keeps_its_hands_off_unsaved_work(repository: Repository, tree: Path, commit):
    commit(tree, {"pbx.yaml": "# broken\n"})
    (tree / "pbx.yaml").write_text("# an hour of work\n")
    head = repository.head()
    with pytest.raises(CommitRefused, match=r"uncommitted changes in pbx\.yaml"):
        roll_back(repository, "HEAD^")
    assert (tree / "pbx.yaml").read_text() == "# an hour of work\n"
    assert repository.head() == head


def test_a_rollback_does_not_overwrite_an_untracked_file(
    repository: Repository, tree: Path, git, commit
):
    commit(tree, {"notes.txt": "old"})
    git(tree, "rm", "--quiet", "notes.txt")
    git(tree, "commit", "--quiet", "-m", "Remove notes")
    (tree / "notes.txt").write_text("new and precious")
    head = repository.head()
    with pytest.raises(CommitRefused, match=r"notes\.txt"):
        roll_back(repository, "HEAD^")
    assert (tree / "notes.txt").read_text() == "new and precious"
    assert repository.head() == head


def test_a_rollback_to_where_one_is_is_refused(repository: Repository):
    with pytest.raises(CommitRefused, match="already has the tree"):
        roll_back(repository, "HEAD")
    with pytest.raises(UnknownRevision):
        roll_back(repository, "nonsense")


def test_a_push_in_between_wins_over_a_rollback(
    bare: Path, tree: Path, git, commit, push, monkeypatch
):
    commit(tree, {"pbx.yaml": "# second\n"})
    push(tree)
    with Repository.open(bare) as repository:
        head = repository.head()
        commit(tree, {"pbx.yaml": "# third\n"})
        push(tree)
        pushed = repository.head()
        monkeypatch.setattr(repository, "head", lambda branch=None: head)  # read before the push
        with pytest.raises(CommitRefused, match="has moved meanwhile"):
            roll_back(repository, f"{head}^", branch="main")
    assert git(bare, "rev-parse", "main") == pushed


def test_messages_and_their_trailers_read_back():
    message = compose("One\n line", "Body\n\nmore", {"Key-A": "1", "Key-B": "x: y"}).decode()
    assert message == "One line\n\nBody\n\nmore\n\nKey-A: 1\nKey-B: x: y\n"
    assert trailers_of(message.rstrip("\n")) == {"Key-A": "1", "Key-B": "x: y"}
    assert trailers_of("Just: prose\nand more") == {}


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x85", "\u2028"])
def test_no_value_of_a_trailer_makes_another_trailer(end: str):
    forged = f"x{end}Dialtree-By: import ldap/corp"
    message = compose("Change", trailers={"Dialtree-By": "apply", "Entry": forged}).decode()
    data = f"tree 0\nauthor A <a> 1 +0000\n\n{message}".encode()
    assert trailers_of(parse_commit("0", data).body)["Dialtree-By"] == "apply"


def test_changes_name_files_with_odd_names(repository: Repository, tree: Path):
    (tree / "a\nb ü.yaml").write_text("")
    assert [change.path for change in changes(repository)] == ["a\nb ü.yaml"]
