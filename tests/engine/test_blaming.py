"""`pbx blame`: who is behind what stands in the tree."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

import cli

TREE = """\
version: 1
system: {domain: example.test, region: US}
nodes: {pbx1: {address: 127.0.0.1}}
groups: {sales: {permissions: [local]}}
users:
  alice: {name: Alice, extension: "201", groups: [sales]}
"""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    directory = tmp_path / "config"
    directory.mkdir()
    git(directory, "init", "--quiet", "-b", "main")
    save(directory, TREE, "Alice Adams", "Begin")
    save(directory, TREE.replace('"201"', '"202"'), "Bob Brown", "Move Alice to 202")
    return directory


def git(directory: Path, *words: str, **more: str) -> None:
    subprocess.run(["git", *words], cwd=directory, check=True, capture_output=True)


def save(directory: Path, text: str, author: str, subject: str) -> None:
    (directory / "pbx.yaml").write_text(text)
    git(directory, "add", ".")
    who = ("-c", f"user.name={author}", "-c", "user.email=x@example.test")
    git(directory, *who, "commit", "--quiet", "-m", f"{subject}\n\nDialtree-By: a test")


def pbx(*words: object):
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def test_each_value_names_its_commit(directory: Path) -> None:
    done = pbx("blame", "users/alice", directory)
    assert done.exit_code == 0
    found = {line.split()[0]: line for line in done.output.splitlines()[1:]}
    assert found["extension"].endswith("Bob Brown: Move Alice to 202")
    assert found["name"].endswith("Alice Adams: Begin")
    assert "from group sales" in found["permission"]


def test_scripts_read_who_when_and_by_which_command(directory: Path) -> None:
    done = pbx("blame", "users/alice", directory, "--format", "json")
    found = json.loads(done.output)
    extension = next(value for value in found["values"] if value["key"] == "extension")
    assert (extension["value"], extension["file"], extension["line"]) == ("202", "pbx.yaml", 6)
    assert extension["commit"]["author"] == "Bob Brown"
    assert extension["commit"]["by"] == "a test"
    assert extension["commit"]["id"] == found["revision"]


def test_an_entry_that_is_gone_says_who_removed_it(directory: Path) -> None:
    text = TREE.replace('  alice: {name: Alice, extension: "201", groups: [sales]}\n', "")
    save(directory, text, "Carol Clark", "Say good-bye")
    done = pbx("blame", "users/alice", directory)
    assert done.exit_code == 1
    assert "Carol Clark removed it" in done.output
    assert "(Say good-bye)" in done.output
    assert pbx("blame", "users/alice", directory, "--rev", "HEAD~1").exit_code == 0


def test_rules_and_the_system_are_told_too(directory: Path) -> None:
    done = pbx("blame", "system", directory)
    assert "domain" in done.output
    assert pbx("blame", "users", directory).exit_code == 1
    assert 'did you mean "users"' in pbx("blame", "user/alice", directory).output
