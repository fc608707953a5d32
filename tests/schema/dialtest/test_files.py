"""What stands in test files, and what is said of mistakes in them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.dialtest import Report, read_tests
from schema.tree import DirectorySource
from schema.validate import validate

Try = Callable[..., Report]
Write = Callable[[dict[str, str | bytes]], Path]
GOOD = '- {from: alice, dial: "911", expect: {via: pstn}}\n'


def test_files_below_tests_are_read_by_name(write: Write) -> None:
    tree = write(
        {"tests/b.yaml": GOOD, "tests/a/z.yaml": GOOD, "tests/.a.yaml": "]", "tests/x": ""}
    )
    files, ignored = read_tests(DirectorySource(tree))
    assert [file.document.path for file in files] == ["tests/a/z.yaml", "tests/b.yaml"]
    assert [len(file.tests) for file in files] == [1, 1]
    assert not ignored


def test_a_file_that_seems_to_be_meant_is_not_silently_left_out(write: Write) -> None:
    _, ignored = read_tests(DirectorySource(write({"tests/a.yml": GOOD})))
    (said,) = ignored
    assert (said.code, said.file) == ("PBX1023", "tests/a.yml")
    assert "tests/a.yaml" in str(said.hint)


def test_validation_neither_reads_nor_minds_them(write: Write) -> None:
    found = validate(DirectorySource(write({"tests/a.yaml": "]", "tests/b.yml": "x"})))
    assert found.ok
    assert not [d for d in found.diagnostics if d.file.startswith("tests")]


@pytest.mark.parametrize("name", ["tests", "tests/sales.yaml", "tests/sales"])
def test_links_are_not_followed(write: Write, tmp_path: Path, name: str) -> None:
    tree = write({"elsewhere/office.yaml": GOOD})
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).symlink_to(tree / "elsewhere")
    files, _ = read_tests(DirectorySource(tree))
    assert [d.code for file in files for d in file.diagnostics] == ["PBX1018"]


def test_an_empty_file_holds_no_tests(attempt: Try) -> None:
    assert attempt("# later\n").ok


MISTAKES = {
    '- {from: alicee, dial: "911", expect: refused}': ("PBX1702", 10, "alice"),
    '- {from: alice, dial: "911", expect: {via: pstm}}': ("PBX1702", 44, "pstn"),
    '- {from: alice, dial: "911", expect: {via: [pstn, backap]}}': ("PBX1702", 51, "backup"),
    '- {from: alice, dial: "911", expect: {user: alic}}': ("PBX1702", 45, "alice"),
    '- {from: alice, dial: "911", expect: {users: [bob, alic]}}': ("PBX1702", 52, "alice"),
    '- {from: alice, dial: "911", expect: {pickup: [alic]}}': ("PBX1702", 48, "alice"),
    '- {from: alice, dial: "911", expect: {hunt_group: sale}}': ("PBX1702", 51, "sales"),
    '- {from: alice, dial: "911", expect: {rule: lokal}}': ("PBX1702", 45, "local"),
    '- {from: alice, dial: "911", expect: {site: hk}}': ("PBX1702", 45, "hq"),
    '- {from: alice, dial: "911", expect: {type: emergancy}}': ("PBX1105", 45, "emergency"),
    '- {from: alice, dial: "911", expect: refuse}': ("PBX1105", 38, "refused"),
    '- {from: alice, dial: 911, expect: refused}': ("PBX1104", 23, '"911"'),
    '- {from: alice, dail: "911", expect: refused}': ("PBX1101", 17, "dial"),
    '- {from: alice, dial: "911", expect: {vai: pstn}}': ("PBX1101", 39, "via"),
    '- {from: alice, dial: "911"}': ("PBX1102", 3, "expect"),
    '- {from: alice, dial: "911", at: now, expect: refused}': ("PBX1703", 34, "sat 10:00"),
    '- {from: alice, dial: "911", at: "26:00", expect: refused}': ("PBX1703", 34, "sat 10:00"),
    '- {from: alice, dial: "911", caller: "", expect: refused}': ("PBX1704", 38, "gateway"),
    '- {from: pstn, dial: "201", caller: "1 2", expect: refused}': ("PBX1107", 37, '"12"'),
    '- {from: alice, dial: "911", expect: {}}': ("PBX1706", 38, "expect"),
    '- {from: alice, dial: "911", expect: {status: 403, user: bob}}': ("PBX1706", 58, "remove"),
    '- {from: alice, dial: "9 11", expect: refused}': ("PBX1107", 23, "feature code"),
    "from: alice": ("PBX1701", 1, "dash"),
    "- [alice]": ("PBX1103", 3, ""),
    "- {from: alice": ("PBX1001", None, ""),
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_at_its_place_with_help(text: str, attempt: Try) -> None:
    code, column, hint = MISTAKES[text]
    said = attempt(f"{GOOD}{text}\n" if text.startswith("-") else f"\n{text}\n").diagnostics
    first = next(diagnostic for diagnostic in said if diagnostic.code == code)
    assert first.file == "tests/office.yaml"
    if column is not None:
        assert first.range is not None
        assert first.range.start == (2, column)
    assert hint in str(first.hint)


def test_a_mistake_does_not_keep_other_tests_from_being_run(attempt: Try) -> None:
    report = attempt(GOOD + "- {from: nobody}\n" + GOOD)
    assert [result.line for result in report.results] == [1, 3]
    assert not report.ok
    assert not report.failed


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8)
        | st.sampled_from(["alice", "pstn", "911", "refused", "sat 10:00", ""]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
            st.sampled_from(["from", "dial", "expect", "at", "caller", "via", "user", "users",
                             "name", "status", "refused", "x"]),
            inner, max_size=5,
        ),
        max_leaves=12,
    )
)  # fmt: skip
def test_whatever_stands_in_a_file_ends_in_a_report(attempt: Try, value: object) -> None:
    import json

    attempt(json.dumps([value], ensure_ascii=True))
