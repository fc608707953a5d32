"""Real repositories in tmp_path, used by the real git with an identity of their own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

Git = Callable[..., str]


@pytest.fixture(autouse=True)
def own_git_configuration(tmp_path_factory: pytest.TempPathFactory, monkeypatch) -> Path:
    """Neither this machine's configuration nor a hook that runs the tests shines through."""
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(
        "[user]\n name = Alice Adams\n email = alice@example.test\n[init]\n defaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return home / ".gitconfig"


@pytest.fixture
def git() -> Git:
    """git(directory, *arguments) -> its output; a failure is a failed test with git's words."""

    def run(directory: Path, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=directory, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def push() -> Callable[..., subprocess.CompletedProcess[str]]:
    """push(directory, *arguments) -> the finished `git push`, refused or not."""

    def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", "push", *arguments], cwd=directory, capture_output=True, text=True, timeout=60
        )

    return run


@pytest.fixture
def commit(git: Git) -> Callable[..., str]:
    """commit(directory, {path: text}, message) -> the id of the new commit."""

    def make(directory: Path, files: dict[str, str], message: str = "Change") -> str:
        for name, text in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            git(directory, "add", "--", name)
        git(directory, "commit", "--quiet", "--allow-empty", "-m", message)
        return git(directory, "rev-parse", "HEAD")

    return make


@pytest.fixture
def configuration() -> str:
    """The pbx.yaml that comes with the project: complete and valid."""
    return (ROOT / "pbx.yaml").read_text()


@pytest.fixture
def tree(tmp_path: Path, git: Git, commit: Callable[..., str], configuration: str) -> Path:
    """A working tree with one good commit on main."""
    directory = tmp_path / "tree"
    directory.mkdir()
    git(directory, "init", "--quiet")
    commit(directory, {"pbx.yaml": configuration}, "Begin")
    return directory


@pytest.fixture
def bare(tmp_path: Path, tree: Path, git: Git) -> Path:
    """A bare repository that `tree` pushes to as origin, with the same commit."""
    directory = tmp_path / "pbx.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(tree), str(directory))
    git(tree, "remote", "add", "origin", str(directory))
    git(tree, "fetch", "--quiet")
    git(tree, "branch", "--set-upstream-to=origin/main", "main")
    return directory


@pytest.fixture
def pbx_hook(tmp_path: Path) -> Path:
    """A `pbx` that knows only `hook NAME DIR`, with the real verdicts and the real validation.

    Its node says what is in the file `node-says` beside it; without the file no node runs.
    """
    program = tmp_path / "installation" / "pbx"
    program.parent.mkdir()
    program.write_text(f"""#!{sys.executable}
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from schema.validate import validate
from sync.git import Repository
from sync.verdict import post_receive, pre_commit, pre_receive

said = Path(__file__).with_name("node-says")
_, word, name, directory = sys.argv
assert word == "hook"
repository = Repository.open(Path(directory))
if name == "pre-receive":
    verdict = pre_receive(sys.stdin, repository, validate)
elif name == "post-receive":
    verdict = post_receive(
        sys.stdin, repository, lambda commit: said.read_text() if said.exists() else None
    )
else:
    verdict = pre_commit(repository, validate)
print(verdict.text, file=sys.stderr)
sys.exit(verdict.code)
""")
    program.chmod(0o755)
    return program
