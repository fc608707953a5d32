"""`pbx test`, `pbx codes` and the pre-commit hook in real repositories, as an admin uses them."""

import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from running import PBX, run

FAILING = '- {from: lobby, dial: "95551234", expect: {via: pstn}}\n'
CODES = """\
  - {rule: reception, match: "*77", dial: "201", allow: []}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What `pbx init` makes."""
    run(PBX, "init", tmp_path / "office", cwd=tmp_path)
    return tmp_path / "office"


def pbx(tree: Path, *words: str, check: bool = False) -> str:
    done = run(PBX, *words, cwd=tree, check=check)
    return f"{done.returncode}\n{done.stdout}{done.stderr}"


def test_the_tests_that_come_with_a_new_repository_hold(tree: Path) -> None:
    shown = pbx(tree, "test", "--cover", "100")
    assert shown.startswith("0\n")
    assert "\n17 tests, 0 failed; " in shown
    assert shown.endswith(" proofs, 0 refuted\n")
    assert "rules: 7 of 7 decide a test (100 %)" in shown


def test_a_failing_test_fails_with_its_place(tree: Path) -> None:
    (tree / "tests" / "lobby.yaml").write_text(FAILING)
    shown = pbx(tree, "test")
    assert shown.startswith("1\n")
    assert "error[PBX1705]: lobby dials 95551234: expected via pstn; it is refused" in shown
    assert "tests/lobby.yaml:1:3" in shown
    assert pbx(tree, "validate").startswith("0\n")


def test_what_a_failure_says_to_type_explains_it(tree: Path) -> None:
    (tree / "tests" / "lobby.yaml").write_text(FAILING)
    shown = json.loads(run(PBX, "test", "--format", "json", cwd=tree, check=False).stdout)
    hint = shown["diagnostics"][0]["hint"].removesuffix(" explains each rule")
    done = run("sh", "-c", hint.replace("pbx", str(PBX), 1), cwd=tree, check=False)
    assert done.returncode == 2
    assert "lobby lacks the permission local" in done.stdout


def test_what_a_proof_finds_fails_though_it_is_a_warning_only(tree: Path) -> None:
    path = tree / "pbx.yaml"
    path.write_text(
        path.read_text().replace('"192.0.2.11:5060",', '"192.0.2.11", emergency: false,')
    )
    (tree / "tests" / "office.yaml").write_text('- {from: bob, dial: "911", expect: routed}\n')
    text = path.read_text().replace('911", via: [pstn, backup]', '911", via: [pstn]')
    path.write_text(text)
    assert pbx(tree, "validate").startswith("0\n")
    done = run(PBX, "test", "--format", "json", cwd=tree, check=False)
    assert done.returncode == 1
    shown = json.loads(done.stdout)
    assert [test["passed"] for test in shown["tests"]] == [True]
    assert [found["code"] for found in shown["diagnostics"]] == ["PBX1602"]
    assert shown["proofs"]["refuted"] == 1
    assert shown["proofs"]["held"] >= 1
    report = ET.fromstring(run(PBX, "test", "--format", "junit", cwd=tree, check=False).stdout)
    assert [case.get("type") for case in report.iter("error")] == ["PBX1602"]
    path.write_text(text.replace("system:\n", 'system:\n  accept: {PBX1602: "one trunk"}\n', 1))
    assert run(PBX, "test", cwd=tree).stdout.endswith("1 test, 0 failed; 8 proofs, 0 refuted\n")


def test_too_little_coverage_fails(tree: Path) -> None:
    (tree / "tests" / "office.yaml").write_text('- {from: bob, dial: "911", expect: routed}\n')
    assert pbx(tree, "test").startswith("0\n")
    shown = pbx(tree, "test", "--cover", "50")
    assert shown.startswith("1\n")
    assert "PBX1707" in shown


def test_a_commit_is_tested_as_it_was_whatever_is_saved(tree: Path) -> None:
    (tree / "tests" / "office.yaml").unlink()
    (tree / "tests" / "deep" / "er").mkdir(parents=True)
    (tree / "tests" / "deep" / "er" / "lobby.yaml").write_text(FAILING)
    run("git", "add", "-A", cwd=tree)
    run("git", "commit", "-qnm", "Break", cwd=tree)
    assert "17 tests, 0 failed" in pbx(tree, "test", "--rev", "HEAD~1")
    shown = pbx(tree, "test", "--rev", "HEAD")
    assert shown.startswith("1\n")
    assert "tests/deep/er/lobby.yaml:1:3" in shown


def test_a_bare_repository_is_tested_at_its_newest_commit(tree: Path, tmp_path: Path) -> None:
    run("git", "clone", "-q", "--bare", tree, tmp_path / "pbx.git", cwd=tmp_path)
    assert "17 tests, 0 failed" in pbx(tmp_path, "test", "pbx.git")


@pytest.mark.parametrize("form", ["text", "json", "junit", "github"])
def test_an_invalid_tree_fails_in_every_format(tree: Path, form: str) -> None:
    path = tree / "pbx.yaml"
    path.write_text(path.read_text().replace('extension: "202"', 'extension: "201"'))
    done = run(PBX, "test", "--format", form, cwd=tree, check=False)
    assert done.returncode == 1
    assert "PBX1203" in done.stdout
    if form == "json":
        shown = json.loads(done.stdout)
        assert (shown["ok"], shown["tests"], shown["coverage"]) == (False, [], None)
    if form == "junit":
        assert int(ET.fromstring(done.stdout).get("errors", "0")) >= 1


def test_no_repository_is_one_line(tmp_path: Path) -> None:
    shown = pbx(tmp_path, "test")
    assert shown.startswith("1\n")
    assert "PBX1020" in shown
    assert "Traceback" not in shown
    assert "is not a Git repository" in pbx(tmp_path, "test", "--rev", "main")


def test_codes_are_listed(tree: Path) -> None:
    shown = pbx(tree, "codes").splitlines()
    assert shown[1].startswith(
        "*78XXX     picks up a call that rings at the number dialled behind it"
    )
    assert shown[2].startswith("*78        picks up a call that rings in a group of the caller's")
    path = tree / "pbx.yaml"
    path.write_text(path.read_text().replace("dialplan:\n", f"dialplan:\n{CODES}"))
    assert "*77        calls 201  (reception, pbx.yaml:66)" in pbx(tree, "codes")
    shown = json.loads(run(PBX, "codes", "--format", "json", cwd=tree).stdout)
    assert shown["codes"][0]["pattern"] == "*77"
    path.write_text("".join(line for line in path.open() if '"*7' not in line))
    assert "no rule begins with a star" in pbx(tree, "codes")


def test_route_says_who_calls_from_outside(tree: Path) -> None:
    path = tree / "pbx.yaml"
    text = path.read_text().replace('extension: "203"', 'extension: "203", anonymous: false')
    path.write_text(text)
    asked = ["route", "203", "--from", "pstn"]
    assert pbx(tree, *asked).startswith("0\n")
    assert pbx(tree, *asked, "--caller", "").startswith("2\nrefused with 433")
    assert pbx(tree, *asked, "--caller", "+442079460000").startswith("0\n")
    shown = pbx(tree, "route", "203", "--from", "alice", "--caller", "+1")
    assert shown == "1\npbx: --caller is for calls from outside: name a gateway with --from\n"


def commit(tree: Path, *options: str) -> tuple[int, str]:
    run("git", "add", "-A", cwd=tree)
    done = run("git", "commit", "-qm", "Change", *options, cwd=tree, check=False)
    return done.returncode, done.stderr


def test_a_commit_that_breaks_a_test_is_refused_unless_asked_otherwise(tree: Path) -> None:
    path = tree / "pbx.yaml"
    path.write_text(path.read_text().replace('prepend: "+1212"', 'prepend: "+1213"'))
    code, said = commit(tree)
    assert code == 1
    assert "error[PBX1705]: alice dials 95551234: expected number +12125551234, not" in said
    assert "rule local decided, at pbx.yaml:68:12" in said
    assert "git commit --no-verify" in said
    assert commit(tree, "--no-verify")[0] == 0


def test_a_commit_is_judged_by_what_is_staged(tree: Path) -> None:
    run("git", "rm", "-q", "--cached", "tests/office.yaml", cwd=tree)
    (tree / "tests" / "office.yaml").write_text(FAILING)
    done = run("git", "commit", "-qm", "No tests", cwd=tree, check=False)
    assert done.returncode == 0, done.stderr
    code, said = commit(tree)
    assert code == 1
    assert "tests/office.yaml:1:3" in said


def test_a_mistake_in_a_test_file_is_refused(tree: Path) -> None:
    (tree / "tests" / "more.yaml").write_text('- {from: alise, dial: "911", expect: routed}\n')
    code, said = commit(tree)
    assert code == 1
    assert 'did you mean "alice"?' in said


def test_a_push_is_not_refused_for_a_failing_test(tmp_path: Path) -> None:
    run(PBX, "init", "--bare", tmp_path / "pbx.git", cwd=tmp_path)
    run("git", "clone", "-q", tmp_path / "pbx.git", "laptop", cwd=tmp_path)
    laptop = tmp_path / "laptop"
    (laptop / "tests" / "office.yaml").write_text(FAILING)
    assert commit(laptop)[0] == 0  # a clone has no hook of ours
    done = run("git", "push", "-q", cwd=laptop, check=False)
    assert done.returncode == 0, done.stderr


def test_a_clone_gets_the_hook_from_the_documentation(tree: Path, tmp_path: Path) -> None:
    run("git", "clone", "-q", tree, tmp_path / "clone", cwd=tmp_path)
    clone = tmp_path / "clone"
    page = (Path(__file__).parents[2] / "docs" / "testing-dialplans.md").read_text()
    hook = clone / ".git" / "hooks" / "pre-commit"
    hook.write_text(page.split("```sh\n")[1].split("```")[0])
    hook.chmod(0o755)
    (clone / "tests" / "lobby.yaml").write_text(FAILING)
    run("git", "add", "-A", cwd=clone)
    path = f"{PBX.parent}:{os.environ['PATH']}"
    done = run("git", "commit", "-qm", "Change", cwd=clone, check=False, PATH=path)
    assert done.returncode == 1
    assert "tests/lobby.yaml:1:3" in done.stderr
