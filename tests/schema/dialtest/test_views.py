"""The report in four forms, as people, scripts and CI systems read them."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from schema.dialtest import Report
from schema.dialtest.views import FORMATS, render

Try = Callable[..., Report]
TESTS = """\
- {from: alice, dial: "95551234", expect: {via: pstn}}
- {from: lobby, dial: "95551234", expect: {via: pstn}, name: "<Lobby> & \\u0001 \\"co\\""}
- {from: lobbi, dial: "95551234", expect: refused}
"""
KNOWN = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"name", "classname", "file", "line", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "properties": set(),
    "property": {"name", "value"},
}
"""Elements and attributes that GitLab, Jenkins and GitHub's reporters read."""


@pytest.fixture
def report(attempt: Try) -> Report:
    return attempt(TESTS, at_least=90)


def test_text_shows_tests_rules_failures_and_the_count(report: Report) -> None:
    lines = render(report, "text").splitlines()
    assert lines[:2] == ["tests/office.yaml", "  + alice dials 95551234"]
    assert lines[2].startswith("  - <Lobby> &")
    assert "rules: 1 of 4 decide a test (25 %)" in lines
    assert "  + local (pbx.yaml:26) decides 2 tests" in lines
    assert "  - private (pbx.yaml:27) never decides" in lines
    assert [line for line in lines if line.startswith("error[PBX17")] != []
    assert lines[-1] == "2 tests, 1 failed; 1 mistake"


def test_colour_is_for_text_only(report: Report) -> None:
    assert "\x1b[1;31m" in render(report, "text", colour=True)
    for form in FORMATS[1:]:
        assert "\x1b" not in render(report, form, colour=True)


def test_json_says_everything(report: Report) -> None:
    shown = json.loads(render(report, "json"))
    assert shown["ok"] is False
    good, bad = shown["tests"]
    assert (good["passed"], good["line"], good["message"]) == (True, 1, None)
    assert good["decision"]["steps"][0]["gateway"] == "pstn"
    assert bad["passed"] is False
    assert "lacks the permission" in bad["message"]
    codes = {found["code"] for found in shown["diagnostics"]}
    assert codes == {"PBX1702", "PBX1705", "PBX1707"}
    assert shown["coverage"]["percent"] == 25.0
    assert shown["coverage"]["rules"][1] == {
        "rule": "local", "tests": 2, "file": "pbx.yaml", "line": 26
    }  # fmt: skip
    assert shown["coverage"]["factory"] == []


def test_junit_is_what_ci_systems_read(report: Report) -> None:
    root = ET.fromstring(render(report, "junit"))
    for element in root.iter():
        assert set(element.attrib) <= KNOWN[element.tag], element.tag
    file, plan = root
    assert (file.get("name"), plan.get("name")) == ("tests/office.yaml", "dial plan")
    for suite in (root, file, plan):
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert suite.get(name) == str(len(list(suite.iter(tag)))), (suite.get("name"), name)
    good, bad, mistake = file.iter("testcase")
    assert list(good) == []
    assert (bad.get("file"), bad.get("line")) == ("tests/office.yaml", "2")
    (failure,) = bad
    assert failure.tag == "failure"
    assert "rule local decided, at pbx.yaml:26:12" in str(failure.text)
    assert mistake[0].get("type") == "PBX1702"
    properties = {p.get("name"): p.get("value") for p in plan.iter("property")}
    assert properties["rule coverage in percent"] == "25.0"
    assert properties["rule local"] == "2"
    assert plan[0].tag == "properties"


def test_junit_of_good_tests_has_no_failures(attempt: Try) -> None:
    root = ET.fromstring(render(attempt(TESTS.splitlines()[0] + "\n"), "junit"))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("1", "0", "0")


def test_github_annotates_the_lines_of_tests(report: Report) -> None:
    lines = render(report, "github").splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert len(commands) == 3
    assert any(
        line.startswith("::error file=tests/office.yaml,line=2,endLine=2,col=3,")
        and "title=PBX1705::" in line
        for line in commands
    )
    assert lines[-1] == "2 tests, 1 failed; 1 mistake"
    assert "rules: 1 of 4 decide a test (25 %)" in lines
