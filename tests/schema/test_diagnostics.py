"""Five views of the same messages, none of which shows a secret."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.diagnostics import (
    FORMATS,
    Diagnostic,
    Position,
    Range,
    Related,
    SourceRange,
    in_reading_order,
    render,
)
from schema.diagnostics.snippet import snippet
from schema.diagnostics.views.as_text import summary
from schema.validate import Validation

EXTENSION = Diagnostic(
    "PBX1203",
    'extension "201" is used twice',
    "users/sales.yaml",
    Range(Position(14, 16), Position(14, 21)),
    '    extension: "201"',
    "extensions are unique in a system; the next free one after 201 is 204",
    (
        Related(
            "also bob's",
            SourceRange("users/support.yaml", Range(Position(3, 16), Position(3, 21))),
        ),
    ),
)
MISSING = Diagnostic("PBX1020", "config/ has no pbx.yaml", "pbx.yaml")
WARNING = Diagnostic("PBX1215", "50% a:b,c\nd", "a,b:c.yaml", Range(Position(1, 1), Position(2, 3)))
ALL = (EXTENSION, MISSING, WARNING)


def test_text_is_as_the_design_shows_it() -> None:
    assert render([EXTENSION], "text") == (
        'error[PBX1203]: extension "201" is used twice\n'
        "  users/sales.yaml:14:16\n"
        '   14 |     extension: "201"\n'
        "      |                ^^^^^ also bob's, at users/support.yaml:3:16\n"
        "  hint: extensions are unique in a system; the next free one after 201 is 204"
    )


def test_colour_changes_nothing_but_colour() -> None:
    coloured = render(ALL, "text", colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(ALL, "text")


def test_carets_stand_under_wide_characters() -> None:
    wide = Diagnostic("PBX1101", "m", "f", Range(Position(1, 4), Position(1, 6)), "日本 ab", None)
    lines = render([wide], "text").splitlines()
    assert lines[3] == "      |      ^^"


def test_a_place_far_to_the_right_is_still_under_its_line() -> None:
    line = "a: {" + "b: c, " * 40 + "here: x}"
    at = line.index("here") + 1
    far = Diagnostic("PBX1101", "m", "f", Range(Position(1, at), Position(1, at + 4)), line, None)
    shown, mark = (text[8:] for text in render([far], "text").splitlines()[2:4])
    assert len(shown) < 160
    assert shown[mark.index("^") :][: mark.count("^")] == "here"


def test_a_range_of_several_lines_is_marked_to_the_end_of_its_first() -> None:
    long = Diagnostic("PBX1103", "m", "f", Range(Position(1, 3), Position(4, 1)), "a: [b,", None)
    assert render([long], "text").splitlines()[3] == "      |   ^^^^"


def test_what_is_related_beyond_the_first_has_lines_of_its_own() -> None:
    place = EXTENSION.related[0]
    many = Diagnostic("PBX1203", "m", "f", EXTENSION.range, "x" * 30, None, (place, place))
    assert render([many], "text").splitlines()[4] == "  also bob's, at users/support.yaml:3:16"


def test_the_summary_counts() -> None:
    assert summary([]) == "no errors"
    assert summary(ALL) == "2 errors, 1 warning"


def test_json_has_the_documented_shape() -> None:
    shown = json.loads(render(ALL, "json"))
    assert shown["diagnostics"][0] == {
        "code": "PBX1203", "severity": "error", "message": 'extension "201" is used twice',
        "file": "users/sales.yaml",
        "range": {"start": {"line": 14, "column": 16}, "end": {"line": 14, "column": 21}},
        "snippet": '    extension: "201"',
        "hint": "extensions are unique in a system; the next free one after 201 is 204",
        "related": [{
            "message": "also bob's", "file": "users/support.yaml",
            "range": {"start": {"line": 3, "column": 16}, "end": {"line": 3, "column": 21}},
        }],
    }  # fmt: skip
    assert shown["diagnostics"][1]["range"] is None
    assert all(set(d) == set(shown["diagnostics"][0]) for d in shown["diagnostics"])
    assert json.loads(render((), "json")) == {"diagnostics": []}


def test_github_commands_are_escaped() -> None:
    error, missing, warning = render(ALL, "github").split("\n")
    assert error == (
        "::error file=users/sales.yaml,line=14,endLine=14,col=16,endColumn=21,title=PBX1203::"
        'extension "201" is used twice%0A'
        "also bob's, at users/support.yaml:3:16%0A"
        "hint: extensions are unique in a system; the next free one after 201 is 204"
    )
    assert missing == "::error file=pbx.yaml,title=PBX1020::config/ has no pbx.yaml"
    assert warning.startswith(
        "::warning file=a%2Cb%3Ac.yaml,line=1,endLine=2,title=PBX1215::50%25 "
    )


@given(st.text(max_size=60))
def test_a_github_command_is_one_line_whatever_the_text(text: str) -> None:
    shown = render([Diagnostic("PBX1101", text, text)], "github")
    assert "\n" not in shown
    assert "\r" not in shown
    properties = re.fullmatch(r"::error file=([^:,]*),title=PBX1101::(.*)", shown, re.DOTALL)
    assert properties is not None
    for name in (1, 2):
        back = properties[name].replace("%0A", "\n").replace("%0D", "\r")
        assert (
            back.replace("%3A", ":").replace("%2C", ",").replace("%25", "%") == text or "%" in text
        )


def test_junit_counts_failures_and_holds_the_text() -> None:
    root = ET.fromstring(render(ALL, "junit").encode())
    suite = root[0]
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "2", "0")
    assert len(suite.findall("testcase")) == 3
    failure = suite[0].find("failure")
    assert failure is not None
    assert failure.text == render([EXTENSION], "text")
    assert (failure.get("type"), suite[0].get("line")) == ("PBX1203", "14")
    assert suite[2].find("failure") is None


def test_junit_of_a_valid_tree_has_one_passing_test() -> None:
    suite = ET.fromstring(render((), "junit").encode())[0]
    assert (suite.get("tests"), suite.get("failures"), len(suite)) == ("1", "0", 1)


@given(st.text(max_size=40))
def test_junit_is_xml_whatever_the_text(text: str) -> None:
    ET.fromstring(render([Diagnostic("PBX1101", text, text, None, text, text)], "junit").encode())


def test_sarif_has_what_version_2_1_0_asks_for() -> None:
    log = json.loads(render(ALL, "sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "dialtree"
    assert [rule["id"] for rule in rules] == ["PBX1020", "PBX1203", "PBX1215"]
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]+", rule["name"]) for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        for location in [*result["locations"], *result.get("relatedLocations", ())]:
            physical = location["physicalLocation"]
            assert not physical["artifactLocation"]["uri"].startswith("/")
            region = physical.get("region", {"startLine": 1, "endLine": 1})
            assert 1 <= region["startLine"] <= region["endLine"]
    first = run["results"][0]
    assert first["locations"][0]["physicalLocation"]["region"]["startColumn"] == 16
    assert first["relatedLocations"][0]["message"]["text"] == "also bob's"
    assert run["results"][2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == (
        "a%2Cb%3Ac.yaml"
    )


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(ValueError, match="text, json, github, junit, sarif"):
        render(ALL, "yaml")


def test_reading_order_is_by_file_and_place() -> None:
    assert [d.code for d in in_reading_order(ALL)] == ["PBX1215", "PBX1020", "PBX1203"]
    assert in_reading_order(reversed(ALL)) == in_reading_order(ALL)


@pytest.mark.parametrize(
    "line",
    [
        "password: hunter2", "  sip_password: 'hunter2'", '{name: A, passwd: "hunter2", x: 1}',
        '"secret": hunter2', "- token: hunter2 hunter2", "auth_token = hunter2", "pin: hunter2",
        "api_key: hunter2", "private_key: |hunter2", "Password: hunter2", "admin-password: hunter2",
        "password: \"hunter2\\\" hunter2\"", "password: !env hunter2",
        "recipients: [age1x, AGE-SECRET-KEY-1HUNTER2]", "url: https://me:hunter2@git.example.test/x",
    ],
)  # fmt: skip
def test_a_snippet_masks_secrets_and_keeps_its_columns(line: str) -> None:
    assert "hunter2" not in snippet(line)
    assert len(snippet(line)) == len(line)


@pytest.mark.parametrize(
    "line", ["pinned: x", "name: token ring", "extension: '201'", "passing: 1"]
)
def test_what_only_sounds_a_little_like_a_secret_is_shown(line: str) -> None:
    assert snippet(line) == line


def test_a_snippet_cannot_move_the_cursor() -> None:
    assert snippet("a:\t\x1b[2J\u202eb") == "a: \ufffd[2J\ufffdb"
    assert len(snippet("x" * 5_000_000)) < 500


@pytest.mark.parametrize(
    "line",
    [
        "password: hunter2", "password: [hunter2]", "password: !env hunter2", "password: *hunter2",
        "password: !hunter2 x", "password: hunter2: x", "password: @hunter2",
        "extension: !age hunter2",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", FORMATS)
def test_no_view_shows_a_secret_that_somebody_put_into_the_tree(
    check: Callable[..., Validation], line: str, form: str
) -> None:
    found = check(f"users:\n  alice:\n    name: Alice\n    {line}\n").diagnostics
    assert found
    if "extension" not in line:
        assert "hunter2" not in render(found, form)
    assert "hunter2" not in " ".join(f"{d.message} {d.hint}" for d in found)
