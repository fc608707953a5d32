"""What a commit changed, told by entries."""

from pathlib import Path

import pytest

from sync.blame import Told, told
from sync.git import Repository

FILE = """\
version: 1
system: {domain: example.test}
users:
  alice: {name: Alice}
  bob: {name: Bob}
dialplan:
  - {rule: local, match: "9X."}
"""


@pytest.fixture
def folder(tmp_path: Path, git, commit) -> Path:
    there = tmp_path / "entries"
    there.mkdir()
    git(there, "init", "-q")
    commit(there, {"pbx.yaml": FILE})
    return there


def newest(folder: Path, limit: int = 1) -> list[Told]:
    with Repository.open(folder) as repository:
        return list(told(repository, repository.head(), limit))


def names(folder: Path) -> list[tuple[str, str]]:
    (one,) = newest(folder)
    assert one.touched is not None
    return [(change.action, change.name) for change in one.touched]


def test_entries_that_are_new_changed_and_gone(folder: Path, commit) -> None:
    text = FILE.replace("bob: {name: Bob}", "carol: {name: Carol}").replace("Alice}", "Ann}")
    commit(folder, {"pbx.yaml": text.replace("9X.", "8X.").replace("example.test", "example.net")})
    assert names(folder) == [
        ("update", "dialplan/local"), ("update", "system"), ("update", "users/alice"),
        ("delete", "users/bob"), ("create", "users/carol"),
    ]  # fmt: skip


def test_an_entry_that_moves_to_another_file_is_not_touched(folder: Path, commit) -> None:
    commit(
        folder,
        {
            "pbx.yaml": FILE.replace("  bob: {name: Bob}\n", ""),
            "users/sales.yaml": "users:\n  bob: {name: Bob}\n  dora: {name: Dora}\n",
        },
    )
    assert names(folder) == [("create", "users/dora")]


def test_comments_and_other_files_are_nothing(folder: Path, commit) -> None:
    commit(folder, {"pbx.yaml": FILE.replace("version: 1\n", "version: 1\n# a note\n"), "x": ""})
    assert names(folder) == []


def test_a_file_that_cannot_be_read_says_nothing(folder: Path, commit) -> None:
    commit(folder, {"pbx.yaml": "users: [\n"})
    assert names(folder) == []


def test_a_merge_is_told_by_what_it_brings(folder: Path, commit, git) -> None:
    git(folder, "checkout", "-q", "-b", "side")
    commit(folder, {"sites/hq.yaml": "sites:\n  hq: {name: HQ}\n"})
    git(folder, "checkout", "-q", "main")
    commit(folder, {"groups/sales.yaml": "groups:\n  sales: {}\n"})
    git(folder, "merge", "-q", "--no-edit", "side")
    assert names(folder) == [("create", "sites/hq")]


def test_history_ends_with_a_first_commit_that_has_nothing_before_it(folder: Path, commit) -> None:
    commit(folder, {"pbx.yaml": FILE.replace("Bob}", "Rob}")})
    found = newest(folder, 10)
    assert len(found) == 2
    assert found[-1].touched is None
    assert len(newest(folder, 1)) == 1
