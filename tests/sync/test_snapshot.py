"""The last good tree: what comes back, and what a kill leaves."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schema.tree import DirectorySource, SourceEntry, SourceError, blob_id
from schema.validate import validate
from sync.errors import SnapshotDamaged
from sync.git import Repository
from sync.snapshot import LastGood

ROOT = Path(__file__).parents[2]


def contents(source) -> dict[str, bytes]:
    return {entry.path: source.read(entry) for entry in source.entries()}


def test_what_was_saved_comes_back_without_the_repository(tree: Path, tmp_path, git, commit):
    commit(
        tree,
        {
            "users/carol.yaml": "users: {carol: {name: Carol, extension: '207'}}\n",
            "devices/acme/model.yaml": "x: 1\n",
            "manifest.json": "{}",
            "README.md": "not part of the tree",
        },
    )
    kept = LastGood(tmp_path / "state" / "last-good")
    with Repository.open(tree) as repository:
        source = repository.tree("HEAD")
        kept.save(source, repository.head())
        expected = {(e.path, e.blob, e.size) for e in source.entries() if e.path.endswith(".yaml")}
    (tree / ".git").rename(tmp_path / "away")
    snapshot = kept.load()
    assert snapshot is not None
    assert {(e.path, e.blob, e.size) for e in snapshot.source.entries()} == expected
    assert validate(snapshot.source).ok
    assert snapshot.source.name == f"the last good tree ({snapshot.revision[:7]})"
    assert kept.path.stat().st_mode & 0o777 == 0o600


def test_nothing_saved_is_no_error(tmp_path: Path):
    assert LastGood(tmp_path / "last-good").load() is None


def test_a_newer_tree_replaces_the_older_one_whole(tree: Path, tmp_path: Path):
    kept = LastGood(tmp_path / "last-good")
    (tree / "users").mkdir()
    (tree / "users" / "a.yaml").write_text("# a\n")
    kept.save(DirectorySource(tree), "1")
    (tree / "users" / "a.yaml").unlink()
    kept.save(DirectorySource(tree), "2")
    snapshot = kept.load()
    assert snapshot is not None
    assert snapshot.revision == "2"
    assert [entry.path for entry in snapshot.source.entries()] == ["pbx.yaml"]


def test_a_file_that_was_not_saved_is_a_source_error(tree: Path, tmp_path: Path):
    kept = LastGood(tmp_path / "last-good")
    kept.save(DirectorySource(tree), "1")
    snapshot = kept.load()
    assert snapshot is not None
    with pytest.raises(SourceError):
        snapshot.source.read(SourceEntry("users/a.yaml", "", 0))


def test_a_source_that_fails_half_way_leaves_the_old_tree(tree: Path, tmp_path: Path):
    class Failing(DirectorySource):
        def read(self, entry):
            raise SourceError(entry.path, "input/output error")

    kept = LastGood(tmp_path / "last-good")
    kept.save(DirectorySource(tree), "good")
    with pytest.raises(SourceError):
        kept.save(Failing(tree), "bad")
    snapshot = kept.load()
    assert snapshot is not None
    assert snapshot.revision == "good"


def test_every_damage_is_noticed(tree: Path, tmp_path: Path):
    """A flipped bit or a missing end is an error or harmless, and never another tree."""
    kept = LastGood(tmp_path / "last-good")
    kept.save(DirectorySource(tree), "good")
    whole = kept.path.read_bytes()
    snapshot = kept.load()
    assert snapshot is not None
    expected = contents(snapshot.source)
    chance = random.Random(2)
    noticed = 0
    for _ in range(300):
        damaged = bytearray(whole)
        if chance.random() < 0.3:
            del damaged[chance.randrange(len(damaged)) :]
        else:
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        kept.path.write_bytes(damaged)
        try:
            found = kept.load()
        except SnapshotDamaged:
            noticed += 1
        else:
            assert found is not None
            assert contents(found.source) == expected
    assert noticed > 200


SAVE_FOR_EVER = """
import sys
from itertools import count
from pathlib import Path
from schema.tree import SourceEntry, blob_id
from sync.snapshot import LastGood

class Generation:
    name = "generated"
    def __init__(self, number):
        text = f"# generation {number}\\n" * 2000
        self.files = {f"users/{n:02}.yaml": text.encode() for n in range(20)}
        self.files["pbx.yaml"] = text.encode()
    def entries(self):
        return [SourceEntry(p, blob_id(d), len(d)) for p, d in self.files.items()]
    def read(self, entry):
        return self.files[entry.path]

kept = LastGood(Path(sys.argv[1]))
for number in count():
    kept.save(Generation(number), str(number))
    if number == 0:
        print("saving", flush=True)
"""


def test_a_kill_at_any_moment_leaves_one_whole_generation(tmp_path: Path):
    kept = LastGood(tmp_path / "last-good")
    chance = random.Random(7)
    revisions = []
    for _ in range(15):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOR_EVER, str(kept.path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"saving\n"
        time.sleep(chance.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        snapshot = kept.load()
        assert snapshot is not None
        found = contents(snapshot.source)
        text = f"# generation {snapshot.revision}\n".encode() * 2000
        assert found == dict.fromkeys(found, text)
        assert len(found) == 21
        revisions.append(int(snapshot.revision))
    assert max(revisions) > 0  # it was killed in the middle of things, not before


def test_blob_ids_are_gits(tree: Path, git):
    assert blob_id((tree / "pbx.yaml").read_bytes()) == git(tree, "rev-parse", "HEAD:pbx.yaml")
