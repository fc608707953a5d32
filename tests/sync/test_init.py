"""`pbx init`: what is made, and that nothing is when it cannot be made."""

import os
import subprocess
from pathlib import Path

import pytest

from schema.tree import DirectorySource
from schema.validate import validate
from sync.errors import InitRefused, RepositoryError
from sync.git import Repository
from sync.init import init

SCHEMA = b'{"$schema": "http://json-schema.org/draft-07/schema#"}\n'


@pytest.fixture
def make(configuration: str, pbx_hook: Path):
    """make(directory, **options): init with the project's own pbx.yaml."""

    def run(directory: Path, **options):
        return init(directory, configuration.encode(), SCHEMA, command=(str(pbx_hook),), **options)

    return run


def test_a_new_repository_is_valid_clean_and_guarded(tmp_path: Path, make, git):
    created = make(tmp_path / "a" / "office")
    directory = created.directory
    assert git(directory, "status", "--porcelain", "--ignored") == ""
    assert git(directory, "rev-parse", "main") == created.commit
    assert set(git(directory, "ls-files").split()) == {
        ".github/workflows/pbx.yml",
        ".gitignore",
        ".gitlab-ci.yml",
        ".pbx/schema.json",
        "README.md",
        "pbx.yaml",
        "tests/office.yaml",
    }
    assert sorted(path.name for path in directory.iterdir()) == [
        ".git", ".github", ".gitignore", ".gitlab-ci.yml", ".pbx", "README.md", "pbx.yaml",
        "tests",
    ]  # fmt: skip
    assert validate(DirectorySource(directory)).ok
    assert os.access(directory / ".git" / "hooks" / "pre-commit", os.X_OK)


def test_editors_find_the_schema_beside_the_file(tmp_path: Path, make):
    directory = make(tmp_path / "office").directory
    first = (directory / "pbx.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=./.pbx/schema.json"
    assert (directory / ".pbx" / "schema.json").read_bytes() == SCHEMA


def test_a_modeline_in_the_template_is_kept(tmp_path: Path, pbx_hook: Path):
    text = b"# yaml-language-server: $schema=https://example.test/x.json\nversion: 1\n"
    directory = init(tmp_path / "x", text, SCHEMA, command=(str(pbx_hook),)).directory
    assert (directory / "pbx.yaml").read_bytes() == text


def test_the_pre_commit_hook_is_at_work(tmp_path: Path, make, git):
    directory = make(tmp_path / "office").directory
    (directory / "pbx.yaml").write_text("version: 1\nusres: {}\n")
    done = subprocess.run(
        ["git", "commit", "-qam", "Typo"], cwd=directory, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "usres" in done.stderr


def test_a_bare_repository_can_be_cloned_and_pushed_to(tmp_path: Path, make, git, commit, push):
    created = make(tmp_path / "pbx.git", bare=True)
    assert git(created.directory, "remote") == ""
    with Repository.open(created.directory) as repository:
        assert repository.bare
        assert repository.head() == created.commit
    git(tmp_path, "clone", "--quiet", str(created.directory), "laptop")
    laptop = tmp_path / "laptop"
    newest = commit(laptop, {"users/carol.yaml": "users: {carol: {name: C, extension: '207'}}\n"})
    assert push(laptop).returncode == 0
    assert git(created.directory, "rev-parse", "main") == newest
    commit(laptop, {"users/carol.yaml": "users: {carol: {name: C, extension: '201'}}\n"})
    assert push(laptop).returncode != 0


@pytest.mark.parametrize("bare", [False, True])
def test_an_existing_empty_directory_is_used(tmp_path: Path, make, git, bare: bool):
    directory = tmp_path / "office"
    directory.mkdir()
    inode = directory.stat().st_ino
    created = make(directory, bare=bare)
    assert directory.stat().st_ino == inode
    assert git(directory, "rev-parse", "main") == created.commit


def test_a_relative_path_works(tmp_path: Path, make, git, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(Path("office"))
    assert git(tmp_path / "office", "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"notes.txt": "mine"}, "is not empty"),
        ({".git/HEAD": "ref: refs/heads/main"}, "is a Git repository already"),
        ({"HEAD": "ref: refs/heads/main"}, "is a Git repository already"),
    ],
)
def test_what_is_there_is_left_alone(tmp_path: Path, make, files: dict[str, str], reason: str):
    for name, text in files.items():
        (tmp_path / "there" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "there" / name).write_text(text)
    with pytest.raises(InitRefused, match=reason):
        make(tmp_path / "there")
    found = {
        p.relative_to(tmp_path / "there") for p in (tmp_path / "there").rglob("*") if p.is_file()
    }
    assert found == {Path(name) for name in files}


def test_a_file_in_the_way_is_named(tmp_path: Path, make):
    (tmp_path / "file").write_text("")
    for place in ("file", "file/below"):
        with pytest.raises(InitRefused) as caught:
            make(tmp_path / place)
        assert str(tmp_path / place) in str(caught.value)
    assert list(tmp_path.glob("**/.pbx-init-*")) == []


@pytest.mark.parametrize("exists", [False, True])
def test_a_failure_leaves_nothing_half_made(tmp_path: Path, make, exists: bool, monkeypatch):
    if exists:
        (tmp_path / "a" / "office").mkdir(parents=True)

    def full(*_):
        raise InitRefused(tmp_path, "cannot be written: no space left on device")

    monkeypatch.setattr("sync.init.install_hooks", full)
    with pytest.raises(RepositoryError, match="no space left"):
        make(tmp_path / "a" / "office")
    assert (tmp_path / "a").exists() is exists
    if exists:
        assert list((tmp_path / "a" / "office").iterdir()) == []


def test_a_fresh_machine_without_identity_can_init(tmp_path, make, git, own_git_configuration):
    own_git_configuration.write_text("")
    created = make(tmp_path / "office")
    assert git(created.directory, "log", "-1", "--format=%an")


def test_inside_another_repository_a_repository_of_its_own_is_made(tree: Path, make, git):
    created = make(tree / "office")
    assert git(tree / "office", "rev-parse", "HEAD") == created.commit
    assert git(tree, "rev-parse", "HEAD") != created.commit
