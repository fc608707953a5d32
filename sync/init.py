"""`pbx init`: a new configuration repository, complete or not there at all.

Everything is made in a hidden folder inside the target and moved up as the last step, so a
failure leaves nothing half-made behind. What the configuration says is handed in: this module
knows files and Git only.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from sync.errors import GitFailed, InitRefused
from sync.git import Repository
from sync.hooks import install_hooks
from sync.message import Identity, commit_environment, compose
from sync.program import GitProgram

BRANCH = "main"
SCHEMA_FILE = ".pbx/schema.json"
MODELINE = b"# yaml-language-server: $schema=./" + SCHEMA_FILE.encode() + b"\n"
TEMPLATES = Path(__file__).parent / "templates"

PLACES = {
    "gitignore": ".gitignore",
    "README.md": "README.md",
    "github.yml": ".github/workflows/pbx.yml",
    "gitlab-ci.yml": ".gitlab-ci.yml",
    "office.yaml": "tests/office.yaml",
}
"""Where each template goes in the new repository."""

BARE_SETTINGS = {
    "core.logAllRefUpdates": "true",  # what a force push dropped can still be found
    "receive.fsckObjects": "true",
}


class Created(NamedTuple):
    """The new repository's directory, its branch and first commit (full id)."""

    directory: Path
    branch: str
    commit: str


def init(
    directory: Path,
    configuration: bytes,
    json_schema: bytes,
    *,
    bare: bool = False,
    command: Sequence[str] | None = None,
    author: Identity | None = None,
) -> Created:
    """Make a repository with `configuration` as its pbx.yaml, hooks installed, one commit made.

    `bare` makes one to push to, with the same first commit to clone. `command` is what the
    hooks call (this installation's pbx by default). Raises InitRefused when the directory is
    not empty or cannot be written, and RepositoryError when git fails.
    """
    directory = directory.absolute()
    files = first_files(configuration, json_schema)
    with staging(directory) as stage:
        tree = stage / "tree"
        tree.mkdir()
        write_files(tree, files)
        commit = first_commit(tree, author)
        ready = bare_copy(tree, stage / "bare") if bare else tree
        with Repository.open(ready) as repository:
            install_hooks(repository, command)
        move_up(ready, directory)
    return Created(directory, BRANCH, commit)


def first_files(configuration: bytes, json_schema: bytes) -> dict[str, bytes]:
    """Path to content of everything in the first commit."""
    if b"yaml-language-server:" not in configuration:
        configuration = MODELINE + configuration
    files = {"pbx.yaml": configuration, SCHEMA_FILE: json_schema}
    for template, place in PLACES.items():
        files[place] = (TEMPLATES / template).read_bytes()
    return files


@contextmanager
def staging(directory: Path) -> Iterator[Path]:
    """A hidden folder in `directory`, which is made if need be and taken away on failure."""
    made = claim(directory)
    stage = Path(tempfile.mkdtemp(prefix=".pbx-init-", dir=directory))
    try:
        yield stage
    except BaseException:
        shutil.rmtree(made or stage, ignore_errors=True)
        raise
    shutil.rmtree(stage, ignore_errors=True)


def claim(directory: Path) -> Path | None:
    """Make sure that `directory` is there and empty; the topmost folder made, if any."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        taken = next(directory.iterdir(), None)
    except NotADirectoryError:
        raise InitRefused(directory, "is a file, or below one") from None
    except FileExistsError:
        raise InitRefused(directory, "is a file") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InitRefused(directory, f"cannot be made: {reason}") from None
    if taken is not None:
        what = "is a Git repository already" if is_repository(directory) else "is not empty"
        raise InitRefused(directory, f"{what}: pbx init makes a new one in an empty directory")
    return missing[-1] if missing else None


def is_repository(directory: Path) -> bool:
    """Whether there is a working tree or a bare repository at `directory`."""
    return (directory / ".git").exists() or (directory / "HEAD").is_file()


def write_files(tree: Path, files: Mapping[str, bytes]) -> None:
    """Write each path below `tree`."""
    for name, content in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def first_commit(tree: Path, author: Identity | None) -> str:
    """A repository in `tree` with all its files committed; the commit's id.

    Without git's own template folder: samples and other people's hooks are not asked for.
    """
    git = GitProgram(tree)
    git.run("init", "--quiet", "--template=", f"--initial-branch={BRANCH}")
    git = GitProgram(tree, tree / ".git", tree)
    git.run("add", "--all", "--force")
    git.run(
        "commit", "--quiet", "--no-verify", "--file=-",
        stdin=compose("Begin with the configuration that pbx init makes"),
        environment=commit_environment(git, author),
    )  # fmt: skip
    return git.line("rev-parse", "HEAD")


def bare_copy(tree: Path, bare: Path) -> Path:
    """A bare repository with the same commit, to push to."""
    GitProgram(tree).run("clone", "--quiet", "--bare", "--template=", str(tree), str(bare))
    git = GitProgram(bare, bare)
    with suppress(GitFailed):
        git.run("remote", "remove", "origin")
    for key, value in BARE_SETTINGS.items():
        git.run("config", key, value)
    return bare


def move_up(ready: Path, directory: Path) -> None:
    """Move the finished repository into place, Git's own files last: then it is one."""
    moved: list[Path] = []
    try:
        for child in sorted(ready.iterdir(), key=lambda path: path.name in (".git", "HEAD")):
            child.rename(directory / child.name)
            moved.append(directory / child.name)
    except OSError as error:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise InitRefused(directory, f"cannot be written: {error.strerror}") from None
