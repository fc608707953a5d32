"""The tree of a commit as the loader sees it."""

import os
from pathlib import Path

import pytest

from schema.tree import DirectorySource, SourceEntry, SourceError, belongs, select
from schema.validate import validate
from sync.git import Repository


def test_a_commit_reads_the_same_as_its_checked_out_files(tree: Path, commit):
    commit(tree, {f"users/{n:03}.yaml": f"users: {{u{n}: {{name: N{n}}}}}\n" for n in range(150)})
    saved = DirectorySource(tree)
    with Repository.open(tree) as repository:
        committed = repository.tree("HEAD")
        facts = [(e.path, e.blob, e.size) for e in committed.entries() if belongs(e.path)]
        assert facts == sorted((e.path, e.blob, e.size) for e in saved.entries())
        contents = {e.path: committed.read(e) for e in select(committed.entries()).read}
    assert contents == {e.path: saved.read(e) for e in saved.entries()}
    assert len(contents) == 151


def test_files_can_be_read_in_any_order_and_twice(tree: Path, commit):
    commit(tree, {f"users/{n}.yaml": f"# {n % 7}\n" for n in range(100)})
    with Repository.open(tree) as repository:
        source = repository.tree("HEAD")
        for entry in [*reversed(source.entries()), *source.entries()[::3], *source.entries()]:
            if entry.path != "pbx.yaml":
                number = int(entry.path.removeprefix("users/").removesuffix(".yaml"))
                assert source.read(entry) == f"# {number % 7}\n".encode()


def test_a_changed_file_alone_is_fetched_alone(tree: Path, commit, monkeypatch):
    commit(tree, {f"users/{n:03}.yaml": f"# {n}\n" for n in range(100)})
    with Repository.open(tree) as repository:
        asked: list[int] = []
        read_many = repository.objects.read_many
        monkeypatch.setattr(
            repository.objects,
            "read_many",
            lambda names: asked.append(len(names)) or read_many(names),
        )
        source = repository.tree("HEAD")
        source.read(source.entries()[50])
        assert asked[-1] == 1
        asked.clear()
        for entry in source.entries():
            source.read(entry)
        assert sum(asked) == 101
        assert len(asked) < 12


def test_an_old_commit_stays_readable(tree: Path, commit):
    commit(tree, {"pbx.yaml": "version: 1\n"})
    with Repository.open(tree) as repository:
        before = repository.tree("HEAD^")
        entry = next(e for e in before.entries() if e.path == "pbx.yaml")
        assert b"Alice Adams" in before.read(entry)
        assert before.name == f"commit {repository.resolve('HEAD^')[:7]}"


def test_links_and_submodules_are_told_apart_from_files(tree: Path, git, commit):
    os.symlink("users", tree / "phones")
    git(tree, "add", "phones")
    head = git(tree, "rev-parse", "HEAD")
    git(tree, "update-index", "--add", "--cacheinfo", f"160000,{head},users")
    git(tree, "commit", "--quiet", "-m", "Odd entries")
    with Repository.open(tree) as repository:
        source = repository.tree("HEAD")
        kinds = {entry.path: entry.kind for entry in source.entries()}
        assert kinds == {"pbx.yaml": "file", "phones": "symlink", "users": "other"}
        with pytest.raises(SourceError) as caught:
            source.read(next(e for e in source.entries() if e.path == "users"))
        assert caught.value.path == "users"


def test_odd_names_neither_fail_nor_collide(tree: Path, git):
    names = [b"users/a\nb.yaml", b"users/\xff.yaml", b"users/\xfe.yaml", "users/ü \t.yaml".encode()]
    (tree / "users").mkdir()
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(tree) + b"/" + name)).write_text(f"# {number}\n")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "-m", "Odd names")
    with Repository.open(tree) as repository:
        source = repository.tree("HEAD")
        entries = [entry for entry in source.entries() if entry.path != "pbx.yaml"]
        assert len({entry.path for entry in entries}) == 4
        for entry in entries:
            entry.path.encode()  # printable
            source.read(entry)


def test_a_commit_validates_like_the_folder(tree: Path, commit, configuration: str):
    commit(tree, {"pbx.yaml": configuration.replace('extension: "202"', 'extension: "201"')})
    with Repository.open(tree) as repository:
        committed = validate(repository.tree("HEAD"))
        good = validate(repository.tree("HEAD^"))
    saved = validate(DirectorySource(tree))
    assert good.ok
    assert not committed.ok
    assert committed.diagnostics == saved.diagnostics


def test_without_pbx_yaml_it_is_validation_that_complains(tree: Path, git):
    git(tree, "rm", "--quiet", "pbx.yaml")
    git(tree, "commit", "--quiet", "-m", "Delete everything")
    with Repository.open(tree) as repository:
        source = repository.tree("HEAD")
        assert source.entries() == ()
        assert not validate(source).ok


def test_a_vanished_repository_is_a_source_error(bare: Path):
    with Repository.open(bare) as repository:
        source = repository.tree("HEAD")
        bare.rename(bare.with_name("away"))
        with pytest.raises(SourceError):
            source.entries()
        with pytest.raises(SourceError):
            source.read(SourceEntry("pbx.yaml", "0" * 40, 1))


def test_what_is_staged_is_read_from_the_index(tree: Path, git):
    (tree / "users").mkdir()
    (tree / "users" / "a.yaml").write_text("# staged\n")
    git(tree, "add", "users/a.yaml")
    (tree / "users" / "a.yaml").write_text("# saved later\n")
    with Repository.open(tree) as repository:
        source = repository.staged()
        entry = next(e for e in source.entries() if e.path == "users/a.yaml")
        assert source.read(entry) == b"# staged\n"
