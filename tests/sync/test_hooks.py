"""Real pushes and commits through the installed hooks, judged by the real validation."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from schema.validate import validate
from sync.errors import InitRefused
from sync.git import Repository
from sync.hooks import MARK, install_hooks, this_installation
from sync.verdict import Verdict, post_receive, pre_commit, pre_receive, within

ZERO = "0" * 40


@pytest.fixture
def guarded(bare: Path, pbx_hook: Path) -> Path:
    """The bare repository with hooks installed."""
    with Repository.open(bare) as repository:
        install_hooks(repository, (str(pbx_hook),))
    return bare


@pytest.fixture
def broken(configuration: str) -> str:
    """pbx.yaml with Bob's extension given to him and Alice."""
    return configuration.replace('extension: "202"', 'extension: "201"')


def line_of(text: str, word: str) -> int:
    return text[: text.index(word)].count("\n") + 1


def test_a_good_push_goes_in(guarded: Path, tree: Path, git, commit, push, configuration: str):
    newest = commit(tree, {"pbx.yaml": configuration.replace("Alice Adams", "Alice Archer")})
    done = push(tree)
    assert done.returncode == 0, done.stderr
    assert git(guarded, "rev-parse", "main") == newest
    assert f"{newest[:7]} is accepted. No running node was reached" in done.stderr


def test_a_bad_push_is_refused_and_names_the_line(
    guarded: Path, tree: Path, git, commit, push, broken: str
):
    before = git(guarded, "rev-parse", "main")
    commit(tree, {"pbx.yaml": broken})
    done = push(tree)
    assert done.returncode != 0
    line = line_of(broken, "name: Bob Brown") + 1
    assert f"pbx.yaml:{line}:" in done.stderr or "alice" in done.stderr
    assert 'extension "201"' in done.stderr
    assert "The push was refused." in done.stderr
    assert "Traceback" not in done.stderr
    assert git(guarded, "rev-parse", "main") == before


def test_the_corrected_tree_is_accepted_after_a_refusal(
    guarded, tree: Path, git, commit, push, broken: str, configuration: str
):
    commit(tree, {"pbx.yaml": broken})
    assert push(tree).returncode != 0
    newest = commit(tree, {"pbx.yaml": configuration + "# corrected\n"})
    assert push(tree).returncode == 0
    assert git(guarded, "rev-parse", "main") == newest


@pytest.mark.parametrize(
    "bad",
    [
        "users:\n\t- tabs\n",
        "a: &a [1]\nb: [*a, *c]\n",
        "users: {alice: {extension: 0201}}\n",
        "\x00\x01",
        "{" * 5000,
    ],
)
def test_any_unreadable_file_is_a_refusal_that_names_it(bare, tree, commit, push, bad: str):
    head = commit(tree, {"users/bad.yaml": bad})
    push(tree)
    with Repository.open(bare) as repository:
        verdict = pre_receive([f"{ZERO} {head} refs/heads/main"], repository, validate)
    assert verdict.code == 1
    assert "users/bad.yaml" in verdict.text
    assert "Traceback" not in verdict.text


def test_a_deleted_pbx_yaml_is_refused(guarded: Path, tree: Path, git, push):
    git(tree, "rm", "--quiet", "pbx.yaml")
    git(tree, "commit", "--quiet", "-m", "Remove it")
    done = push(tree)
    assert done.returncode != 0
    assert "pbx.yaml" in done.stderr


def test_other_branches_are_not_judged(guarded: Path, tree: Path, git, commit, push, broken: str):
    git(tree, "checkout", "--quiet", "-b", "idea")
    newest = commit(tree, {"pbx.yaml": broken})
    done = push(tree, "origin", "idea")
    assert done.returncode == 0, done.stderr
    assert git(guarded, "rev-parse", "idea") == newest
    assert "accepted" not in done.stderr


def test_a_bad_branch_cannot_ride_along_on_a_good_one(guarded, tree, git, commit, push, broken):
    before = git(guarded, "rev-parse", "main")
    git(tree, "branch", "harmless")
    commit(tree, {"pbx.yaml": broken})
    assert push(tree, "origin", "main", "harmless").returncode != 0
    assert git(guarded, "rev-parse", "main") == before
    assert git(guarded, "branch", "--list", "harmless") == ""


def test_a_force_push_is_refused_until_it_is_allowed(guarded: Path, tree: Path, git, push):
    before = git(guarded, "rev-parse", "main")
    git(tree, "commit", "--quiet", "--amend", "-m", "Other words")
    done = push(tree, "--force")
    assert done.returncode != 0
    assert "dialtree.allowForcePush true" in done.stderr
    assert git(guarded, "rev-parse", "main") == before
    git(guarded, "config", "dialtree.allowForcePush", "true")
    assert push(tree, "--force").returncode == 0
    assert git(guarded, "rev-parse", "main") == git(tree, "rev-parse", "HEAD")


def test_a_permitted_force_push_is_still_validated(guarded, tree: Path, git, push, broken: str):
    git(guarded, "config", "dialtree.allowForcePush", "true")
    (tree / "pbx.yaml").write_text(broken)
    git(tree, "commit", "--quiet", "--all", "--amend", "-m", "Break it")
    assert push(tree, "--force").returncode != 0


def test_the_followed_branch_cannot_be_deleted(guarded: Path, tree: Path, git, push):
    git(guarded, "config", "receive.denyDeletes", "false")
    git(guarded, "config", "receive.denyDeleteCurrent", "ignore")
    done = push(tree, "origin", ":main")
    assert done.returncode != 0
    assert "the PBX runs main, it cannot be deleted" in done.stderr
    assert git(guarded, "rev-parse", "main")


def test_the_branch_set_in_the_repository_is_the_one_judged(
    guarded, tree, git, commit, push, broken
):
    git(guarded, "config", "dialtree.branch", "production")
    commit(tree, {"pbx.yaml": broken})
    assert push(tree, "origin", "main").returncode == 0
    assert push(tree, "origin", "main:production").returncode != 0


def test_the_first_push_to_an_empty_repository_is_judged(
    tmp_path: Path, tree: Path, pbx_hook: Path, git, commit, push, broken: str
):
    empty = tmp_path / "empty.git"
    git(tmp_path, "init", "--quiet", "--bare", str(empty))
    with Repository.open(empty) as repository:
        install_hooks(repository, (str(pbx_hook),))
    good = git(tree, "rev-parse", "HEAD")
    commit(tree, {"pbx.yaml": broken})
    assert push(tree, str(empty), "main").returncode != 0
    done = push(tree, str(empty), f"{good}:refs/heads/main")
    assert done.returncode == 0, done.stderr


def test_of_two_pushers_the_second_has_to_catch_up(
    guarded: Path, tree: Path, tmp_path: Path, git, commit, push, configuration: str
):
    git(tmp_path, "clone", "--quiet", str(guarded), "second")
    second = tmp_path / "second"
    commit(tree, {"pbx.yaml": configuration + "# by the first\n"})
    commit(second, {"users/carol.yaml": "users: {carol: {name: Carol, extension: '207'}}\n"})
    assert push(tree).returncode == 0
    assert push(second).returncode != 0
    git(second, "pull", "--quiet", "--rebase")
    assert push(second).returncode == 0


def test_the_pusher_reads_what_the_node_says(guarded, tree, commit, push, pbx_hook: Path):
    pbx_hook.with_name("node-says").write_text("pbx1 runs it, 80 ms")
    newest = commit(tree, {"notes.md": "words"})
    assert f"{newest[:7]} is accepted: pbx1 runs it, 80 ms." in push(tree).stderr


def test_without_its_program_a_push_is_refused_and_a_commit_is_not(
    guarded: Path, tree: Path, git, commit, push, pbx_hook: Path, monkeypatch
):
    with Repository.open(tree) as repository:
        install_hooks(repository, (str(pbx_hook),))
    pbx_hook.unlink()
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    newest = commit(tree, {"notes.md": "words"})
    assert git(tree, "rev-parse", "HEAD") == newest
    done = push(tree)
    assert done.returncode != 0
    assert "pbx, which validates it, is not installed here any more" in done.stderr


def test_a_moved_installation_is_found_on_the_path(
    guarded: Path, tree: Path, tmp_path: Path, commit, push, pbx_hook: Path, monkeypatch
):
    (tmp_path / "elsewhere").mkdir()
    pbx_hook.rename(tmp_path / "elsewhere" / "pbx")
    monkeypatch.setenv("PATH", f"{tmp_path / 'elsewhere'}:/usr/bin:/bin")
    commit(tree, {"notes.md": "words"})
    assert push(tree).returncode == 0


def test_an_installation_path_with_spaces_and_quotes_works(
    bare: Path, tree: Path, tmp_path: Path, commit, push, pbx_hook: Path
):
    odd = tmp_path / "it's a $(touch trap) dir"
    odd.mkdir()
    pbx_hook.rename(odd / "pbx")
    with Repository.open(bare) as repository:
        install_hooks(repository, (str(odd / "pbx"),))
    commit(tree, {"notes.md": "words"})
    assert push(tree).returncode == 0
    assert not (bare / "trap").exists()


def test_a_commit_is_judged_by_what_is_staged(tree: Path, git, commit, pbx_hook: Path, broken: str):
    with Repository.open(tree) as repository:
        install_hooks(repository, (str(pbx_hook),))
    good = (tree / "pbx.yaml").read_text()
    (tree / "pbx.yaml").write_text(broken)
    git(tree, "add", "pbx.yaml")
    (tree / "pbx.yaml").write_text(good)
    done = subprocess.run(
        ["git", "commit", "-m", "Break it"], cwd=tree, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert 'extension "201"' in done.stderr
    assert "--no-verify" in done.stderr
    git(tree, "add", "pbx.yaml")
    (tree / "pbx.yaml").write_text(broken)
    git(tree, "commit", "--quiet", "--allow-empty", "-m", "The staged one is good")
    done = subprocess.run(
        ["git", "commit", "--all", "-m", "Break it"], cwd=tree, capture_output=True, text=True
    )
    assert done.returncode != 0


def test_a_hook_of_somebody_else_is_left_alone(tree: Path):
    hook = tree / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n# mine\n")
    with Repository.open(tree) as repository, pytest.raises(InitRefused, match="hook of your own"):
        install_hooks(repository)
    assert hook.read_text() == "#!/bin/sh\n# mine\n"


def test_installing_again_brings_hooks_up_to_date(bare: Path):
    with Repository.open(bare) as repository:
        install_hooks(repository, ("/old/pbx",))
        paths = install_hooks(repository, ("/new/pbx",))
    assert [path.name for path in paths] == ["pre-receive", "post-receive"]
    for path in paths:
        assert MARK in path.read_text()
        assert "/old/pbx" not in path.read_text()


def test_hooks_work_although_the_user_keeps_his_elsewhere(
    bare: Path, tree: Path, pbx_hook: Path, git, commit, push, broken: str, own_git_configuration
):
    with own_git_configuration.open("a") as file:
        file.write("[core]\n hooksPath = /nowhere\n")
    for directory in (bare, tree):
        with Repository.open(directory) as repository:
            install_hooks(repository, (str(pbx_hook),))
    (tree / "pbx.yaml").write_text(broken)
    done = subprocess.run(["git", "commit", "-qam", "Bad"], cwd=tree, capture_output=True)
    assert done.returncode != 0
    git(tree, "commit", "--quiet", "--all", "--no-verify", "-m", "Bad")
    assert push(tree).returncode != 0


def test_the_command_of_this_installation_is_absolute():
    assert Path(this_installation()[0]).is_absolute()
    assert Path(this_installation()[0]).exists()


def crash(source):
    raise KeyError("dialplan")


def test_a_validation_that_crashes_lets_nothing_in(tree: Path, git):
    head = git(tree, "rev-parse", "HEAD")
    with Repository.open(tree) as repository:
        verdict = pre_receive([f"{ZERO} {head} refs/heads/main\n"], repository, crash)
        staged = pre_commit(repository, crash)
    assert verdict.code == staged.code == 1
    assert "the validation itself failed (KeyError: 'dialplan')" in verdict.text
    assert "Traceback" not in verdict.text


def test_a_validation_that_never_ends_lets_nothing_in(tree: Path, git, monkeypatch):
    import threading

    monkeypatch.setattr("sync.verdict.VALIDATION_TIMEOUT", 0.2)
    head = git(tree, "rev-parse", "HEAD")
    with Repository.open(tree) as repository:
        verdict = pre_receive(
            [f"{ZERO} {head} refs/heads/main"], repository, lambda source: threading.Event().wait()
        )
    assert verdict == Verdict(1, "The push was refused: validating took over 0.2 s.")


def test_within_passes_results_and_errors_on():
    result = SimpleNamespace(ok=True, diagnostics=())
    assert within(1, lambda: result) is result
    with pytest.raises(KeyError):
        within(1, lambda: crash(None))


def test_a_node_that_fails_does_not_make_the_push_look_failed(tree: Path, git):
    def nudge(commit: str) -> str:
        raise ConnectionResetError("gone")

    head = git(tree, "rev-parse", "HEAD")
    with Repository.open(tree) as repository:
        verdict = post_receive([f"{ZERO} {head} refs/heads/main"], repository, nudge)
    assert verdict.code == 0
    assert "is accepted" in verdict.text


@pytest.mark.parametrize("line", ["", "x", "a b", f"{ZERO} {ZERO} refs/tags/main", "\0"])
def test_odd_lines_on_standard_input_are_no_push_to_the_branch(tree: Path, line: str):
    with Repository.open(tree) as repository:
        assert pre_receive([line], repository, crash) == Verdict(0, "")
        assert post_receive([line], repository, crash) == Verdict(0, "")


def test_thousands_of_errors_are_shortened(tree: Path, commit):
    users = "".join(f"  u{n}: {{nmae: N{n}}}\n" for n in range(2000))
    head = commit(tree, {"users/many.yaml": f"users:\n{users}"})
    with Repository.open(tree) as repository:
        verdict = pre_receive([f"{ZERO} {head} refs/heads/main"], repository, validate)
    assert verdict.code == 1
    assert "more: pbx validate shows all" in verdict.text
    assert len(verdict.text) < 50_000
