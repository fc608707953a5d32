"""A repository with the example system, as somebody has it who works on it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import cli

ROOT = Path(__file__).parents[3]
Git = Callable[..., str]
Pbx = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person with a name, and state of their own."""
    (tmp_path / ".gitconfig").write_text(
        "[user]\n name = Carol\n email = c@example.test\n[init]\n defaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def tree(home: None, tmp_path: Path) -> Path:
    """A working tree, committed."""
    directory = tmp_path / "tree"
    directory.mkdir()
    (directory / "pbx.yaml").write_bytes((ROOT / "pbx.yaml").read_bytes())
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "Begin"]):
        subprocess.run(["git", *arguments], cwd=directory, check=True)
    return directory


@pytest.fixture
def git(tree: Path) -> Git:
    """git(…) in the working tree."""

    def run(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=tree, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def edit(tree: Path, git: Git) -> Callable[[str, str], None]:
    """edit(old, new) in pbx.yaml, committed."""

    def edited(old: str, new: str) -> None:
        path = tree / "pbx.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        git("commit", "--quiet", "--allow-empty", "-am", "Edit")

    return edited


@pytest.fixture
def pbx(tree: Path, tmp_path: Path) -> Pbx:
    """pbx(…) as it is called there, with the state in a folder of its own."""

    def call(*arguments: str, stdin: str | bytes = "", code: int = 0) -> Result:
        named = arguments[1:2] and arguments[1] in ("encrypt", "rotate", "show")
        place = ("--dir", str(tree)) if named else (str(tree),)
        state = ("--state", str(tmp_path / "state")) if arguments[0] != "validate" else ()
        done = CliRunner().invoke(cli.main, [*arguments, *place, *state], input=stdin)
        assert done.exit_code == code, done.output
        return done

    return call
