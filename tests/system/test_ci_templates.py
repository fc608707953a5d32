"""The CI examples that `pbx init` writes: their commands, run in a clone as a runner does."""

import os
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from running import PBX, run

GH = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/asked"
"""
"""In place of GitHub's own command, which would need GitHub: notes what it is asked to do."""

HELP = subprocess.run([PBX, "diff", "--help"], capture_output=True, text=True, timeout=60).stdout

Job = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A runner's clone of a new repository, on a branch that is to be merged into main."""
    run(PBX, "init", tmp_path / "office", cwd=tmp_path)
    run("git", "clone", "-q", "--bare", tmp_path / "office", tmp_path / "hub.git", cwd=tmp_path)
    run("git", "clone", "-q", tmp_path / "hub.git", tmp_path / "clone", cwd=tmp_path)
    run("git", "checkout", "-qb", "change", cwd=tmp_path / "clone")
    return tmp_path / "clone"


def edit(tree: Path, old: str, new: str) -> None:
    path = tree / "pbx.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    run("git", "commit", "-qanm", "Change", cwd=tree)


def execute(tree: Path, commands: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    """Run commands one after the other in one shell, which ends at the first that fails."""
    here = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    path = f"{tree.parent}/bin:{PBX.parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(commands)],
        cwd=tree, env={**here, "PATH": path, **env}, capture_output=True, text=True, timeout=100,
    )  # fmt: skip


def loaded(tree: Path, name: str) -> Any:
    return YAML(typ="safe").load((tree / name).read_text())


@pytest.fixture
def github(clone: Path) -> Job:
    """github(job): its commands, each in a shell of its own, until one fails."""
    tools = clone.parent / "bin"
    tools.mkdir()
    (tools / "gh").write_text(GH)
    (tools / "gh").chmod(0o755)
    facts = {"github.base_ref": "main", "github.event.number": "7", "github.token": "t"}

    def job(name: str) -> subprocess.CompletedProcess[str]:
        described = loaded(clone, ".github/workflows/pbx.yml")["jobs"][name]
        env = {
            key: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: facts[found[1]], value)
            for key, value in described.get("env", {}).items()
        }
        done = subprocess.CompletedProcess("", 0, "", "")
        for command in commands_of(described["steps"]):
            after = execute(clone, [command], GITHUB_STEP_SUMMARY=str(tools / "summary"), **env)
            done = subprocess.CompletedProcess(
                command, after.returncode, done.stdout + after.stdout, done.stderr + after.stderr
            )
            if after.returncode:
                break
        return done

    return job


def commands_of(steps: list[Any]) -> list[str]:
    """What is run but for the installation: here, it is the one that is tested."""
    return [step["run"] for step in steps if "run" in step and "pip install" not in step["run"]]


@pytest.fixture
def gitlab(clone: Path) -> Job:
    def job(name: str) -> subprocess.CompletedProcess[str]:
        described = loaded(clone, ".gitlab-ci.yml")[name]
        return execute(clone, described["script"], CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main")

    return job


def test_github_is_content_with_a_new_repository(github: Job, clone: Path) -> None:
    done = github("validate")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "17 tests, 0 failed" in done.stdout
    assert github("changes").returncode == 0
    assert "nothing changes" in (clone / "changes.md").read_text()


def test_github_shows_what_a_change_does(github: Job, clone: Path) -> None:
    edit(clone, "Alice Adams", "Alice Ash")
    done = github("changes")
    assert done.returncode == 0, done.stdout + done.stderr
    for place in (clone / "changes.md", clone.parent / "bin" / "summary"):
        assert "Alice Adams" in place.read_text()
        assert "Alice Ash" in place.read_text()
    asked = (clone.parent / "bin" / "asked").read_text().split()
    assert asked[:3] == ["pr", "comment", "7"]
    assert asked[-2:] == ["--body-file", "changes.md"]


def test_github_annotates_what_breaks_a_test(github: Job, clone: Path) -> None:
    edit(clone, 'prepend: "+1212"', 'prepend: "+1213"')
    done = github("validate")
    assert done.returncode == 1
    assert re.search(
        r"^::error file=tests/office.yaml,line=\d+,.*title=PBX1705::", done.stdout, re.M
    )


@pytest.mark.skipif("--fail-on" not in HELP, reason="pbx diff cannot do it yet")
@pytest.mark.parametrize("name", [".github/workflows/pbx.yml", ".gitlab-ci.yml"])
def test_what_is_offered_stops_changes_of_emergency_calls(name: str, clone: Path) -> None:
    offered = re.findall(r"# - (?:run: )?(pbx diff .*--fail-on.*)", (clone / name).read_text())
    assert len(offered) == 1
    run("git", "fetch", "-q", "origin", "main", cwd=clone)
    edit(clone, "Alice Adams", "Alice Ash")
    assert execute(clone, offered, BASE="origin/main").returncode == 0
    edit(clone, 'match: ["911", "9911"]', 'match: "911"')
    assert execute(clone, offered, BASE="origin/main").returncode != 0


def test_an_invalid_tree_fails_every_job(github: Job, gitlab: Job, clone: Path) -> None:
    edit(clone, 'extension: "202"', 'extension: "201"')
    for done in (github("validate"), github("changes"), gitlab("validate"), gitlab("changes")):
        assert done.returncode == 1
        assert "Traceback" not in done.stderr


def test_gitlab_gets_reports_that_it_reads(gitlab: Job, clone: Path) -> None:
    edit(clone, 'prepend: "+1212"', 'prepend: "+1213"')
    described = loaded(clone, ".gitlab-ci.yml")
    for name, code, failures in (("validate", 0, 0), ("test", 1, 1)):
        assert gitlab(name).returncode == code
        report = described[name]["artifacts"]["reports"]["junit"]
        root = ET.parse(clone / report).getroot()
        assert root.get("failures") == str(failures)


def test_gitlab_keeps_what_a_change_does(gitlab: Job, clone: Path) -> None:
    edit(clone, "Alice Adams", "Alice Ash")
    done = gitlab("changes")
    assert done.returncode == 0, done.stderr
    (kept,) = loaded(clone, ".gitlab-ci.yml")["changes"]["artifacts"]["paths"]
    assert "Alice Ash" in (clone / kept).read_text()
