"""YAML text to values with positions; whatever the bytes, the answer is a document."""

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from schema.reading import MAX_ALIASED, MAX_DEPTH, read
from schema.source import Document, Mapping, Path, SecretReference, Sequence


def document(text: str) -> Document:
    return read("pbx.yaml", "", text.encode())


def codes(text: str | bytes) -> list[str]:
    found = read("pbx.yaml", "", text if isinstance(text, bytes) else text.encode())
    return [diagnostic.code for diagnostic in found.diagnostics]


def place(text: str) -> tuple[int, int]:
    (diagnostic,) = document(text).diagnostics
    assert diagnostic.range is not None
    return diagnostic.range.start


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("on", "on"), ("true", True), ("False", False), ("null", None), ("~", None),
        ("", None), ("12", 12), ("-3", -3), ("0201", 201), ("0o17", 15), ("0x1F", 31), ("1.5", 1.5),
        ("1e3", 1000.0), (".5", 0.5), ("+5", 5), ("1_000", "1_000"), ("12:30", "12:30"),
        ("2026-12-25", "2026-12-25"), ("-", None), (".", "."), ("+12125550123x", "+12125550123x"),
        ("nullable", "nullable"), ("'12'", "12"), ('"true"', "true"), ("!!str 12", "12"),
        ("!!int '12'", 12), ("9" * 200, float("9" * 200)), (".inf", float("inf")), ("<<", "<<"),
        ("0015651234ab", "0015651234ab"),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    if text == "-":
        assert document("a:\n  -").root == {"a": [None]}
        return
    found = document(f"a: {text}").root["a"]
    assert found == value
    assert type(found) is type(value)


def test_a_secret_tag_names_a_secret_and_does_not_show_it() -> None:
    value = document("a: !age hunter2").root["a"]
    assert value == SecretReference("age", "hunter2")
    assert "hunter2" not in repr(value)


def test_keys_and_values_know_their_lines_and_columns() -> None:
    found = document('users:\n  alice:   # the first\n    extension: "201"\n    groups: [a, bc]\n')
    assert str(found.locate_key(("users", "alice"))) == "pbx.yaml:2:3"
    where = found.locate(("users", "alice", "extension"))
    assert (where.range.start, where.range.end) == ((3, 16), (3, 21))
    assert str(found.locate(("users", "alice", "groups", 1))) == "pbx.yaml:4:17"


def test_a_mapping_ends_with_its_last_value_and_not_with_the_next_key() -> None:
    found = document("sites:\n  hq:\n    name: x\n\n# about west\n  west: {}\n")
    assert found.locate(("sites", "hq")).range.end == (3, 12)


def test_columns_count_characters_whatever_their_size() -> None:
    assert document('a: {"𝄞é": x, b: y}').locate(("a", "b")).range.start == (1, 17)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_count(end: str) -> None:
    assert document(f"a: 1{end}b:{end}  c: 2{end}").locate(("b", "c")).range.start == (3, 6)


def test_a_byte_order_mark_moves_nothing() -> None:
    found = read("pbx.yaml", "", b"\xef\xbb\xbfa: 1\n")
    assert found.root == {"a": 1}
    assert found.locate(("a",)).range.start == (1, 4)


def test_an_alias_has_its_own_place_and_its_anchors_value() -> None:
    found = document("a: &x {b: 1}\nc: *x\n")
    assert found.root == {"a": {"b": 1}, "c": {"b": 1}}
    assert found.locate(("c",)).range.start == (2, 4)
    assert found.locate(("c", "b")).range.start == (1, 11)


def test_a_key_may_have_an_anchor_and_be_an_alias() -> None:
    found = document("&k key: 1\nb: *k\nc: {*k : 2}\n")
    assert found.root == {"key": 1, "b": "key", "c": {"key": 2}}


def test_merge_keys_take_over_what_the_mapping_does_not_say_itself() -> None:
    found = document("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n")
    assert found.root["d"] == {"b": 1, "c": 3}
    assert found.locate(("d", "b")).range.start == (1, 11)
    assert found.locate(("d", "c")).range.start == (4, 6)


def test_of_several_merged_mappings_the_first_wins() -> None:
    text = "a: &a {x: 1}\nb: &b {x: 2, y: 3}\nc: {<<: [*a, *b]}\n"
    assert document(text).root["c"] == {"x": 1, "y": 3}


def test_a_duplicate_key_shows_both_places_and_the_rest_is_still_read() -> None:
    found = document("a: 1\nb: 2\na: 3\n")
    (diagnostic,) = found.diagnostics
    assert diagnostic.code == "PBX1005"
    assert diagnostic.place == "pbx.yaml:3:1"
    assert str(diagnostic.related[0].at) == "pbx.yaml:1:1"
    assert found.root == {"a": 1, "b": 2}


def test_every_duplicate_and_every_key_that_is_no_text_is_reported() -> None:
    assert codes("a: 1\na: 2\n1: x\ntrue: y\na: 3\n") == [
        "PBX1005",
        "PBX1009",
        "PBX1009",
        "PBX1005",
    ]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: [1, 2\nb: 3\n", "PBX1001", 2, 2),
        ("a: b: c\n", "PBX1001", 1, 5),
        ("a: @x\n", "PBX1001", 1, 4),
        ("a:\n\tb: 1\n", "PBX1002", 2, 1),
        ("a:\n  b: |\n\tx\n", "PBX1002", 3, 1),
        ('a: "x\nb: 1\n', "PBX1003", 1, 4),
        ("a: 'x\n", "PBX1003", 1, 4),
        ('a: {b: "x}\nc: {d: "y"}\n', "PBX1003", 1, 8),
        ("a:\n  b: 1\n c: 2\n", "PBX1004", 3, 2),
        ("a: 1\n  b: 2\n", "PBX1004", 2, 3),
        ("a: 1\n--- \nb: 2\n", "PBX1007", 2, 1),
        ("- a\n", "PBX1008", 1, 1),
        ("text\n", "PBX1008", 1, 1),
        ("[a]: 1\n", "PBX1009", 1, 1),
        ("a: *b\n", "PBX1010", 1, 4),
        ("a: &b [*b]\n", "PBX1011", 1, 8),
        ("a: !x 1\n", "PBX1013", 1, 4),
        ("a: !!binary aGk=\n", "PBX1013", 1, 4),
        ("a: 1\nb: x\x07y\n", "PBX1015", 2, 5),
        ("a: 1\nb: \x00\n", "PBX1015", 2, 4),
        ("<<: 1\n", "PBX1024", 1, 5),
    ],
)
def test_what_yaml_refuses_has_a_code_and_a_place(
    text: str, code: str, line: int, column: int
) -> None:
    assert codes(text) == [code]
    assert place(text) == (line, column)


def test_bytes_that_are_not_utf8_are_found_in_their_line() -> None:
    found = read("pbx.yaml", "", "a: é\nb: caf".encode() + b"\xe9\n")
    (diagnostic,) = found.diagnostics
    assert (diagnostic.code, diagnostic.place) == ("PBX1014", "pbx.yaml:2:7")


def test_utf16_is_recognised() -> None:
    (diagnostic,) = read("pbx.yaml", "", "a: 1".encode("utf-16")).diagnostics
    assert diagnostic.hint is not None
    assert "UTF-16" in diagnostic.hint


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "\n".join(" " * depth + "a:" for depth in range(2_000)),
        "a: " + "[" * 100_000,
        "a: " + "[&y " * 50_000,
    ],
    ids=["flow", "pairs", "dashes", "keys", "blocks", "value", "anchors"],
)
def test_deep_nesting_is_refused_quickly(text: str) -> None:
    start = time.process_time()
    assert set(codes(text)) <= {"PBX1017", "PBX1009"}
    assert codes(text)
    assert time.process_time() - start < 5


def test_the_deepest_allowed_nesting_is_read() -> None:
    assert codes("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)) == []
    assert codes("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH) == ["PBX1017"]


def test_exploding_anchors_are_counted_and_never_expanded() -> None:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert codes("\n".join(lines)) == ["PBX1012"]


def test_exploding_merge_keys_are_counted_too() -> None:
    lines = [f"l0: &l0 {{{', '.join(f'k{n}: 1' for n in range(100))}}}"]
    lines += [f"m{n}: {{<<: *l0}}" for n in range(MAX_ALIASED // 100 + 1)]
    assert codes("\n".join(lines)) == ["PBX1012"]


def test_ordinary_use_of_anchors_is_fine() -> None:
    users = "\n".join(f"u{n}: *g" for n in range(1000))
    assert codes(f"a: &g [x, y]\n{users}\n") == []


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"), max_size=20
    ),
    st.sampled_from(["0201", "yes", "null", "*72", "a: b", "# x", "- x", "line\nline\n", "'", '"']),
)
KEYS = st.text(st.sampled_from("abcXYZ019 _-.é𝄞"), min_size=1, max_size=12)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)
ROOTS = st.dictionaries(KEYS, TREES, min_size=1, max_size=4)


def dumped(value: Any, flow: bool) -> str:
    from io import StringIO

    yaml = YAML(typ="safe", pure=False)
    yaml.default_flow_style = flow
    yaml.allow_unicode = True
    yaml.width = 60
    stream = StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def paths(value: Any, base: Path = ()) -> list[Path]:
    inner = value.items() if isinstance(value, Mapping) else enumerate(value)
    found: list[Path] = []
    for step, item in inner:
        found.append((*base, step))
        if isinstance(item, Mapping | Sequence):
            found += paths(item, (*base, step))
    return found


@settings(deadline=None, max_examples=150)
@given(root=ROOTS, flow=st.booleans())
def test_a_value_at_its_place_reads_as_the_value(root: dict[str, Any], flow: bool) -> None:
    found = document(dumped(root, flow))
    assert found.diagnostics == ()
    assert found.root == root
    for path in paths(found.root):
        span = found.span(path)
        column = found.position(span.start).column
        alone = "v:\n" + " " * column + found.text[span.start : span.end].replace("\n", "\n ")
        again = document(alone)
        value = found.value(path)
        if isinstance(value, str) and "\n" in value:
            continue  # a block scalar's text depends on what surrounds it
        assert again.diagnostics == ()
        assert again.root["v"] == value
        assert type(again.root["v"]) is type(value)


@settings(deadline=None, max_examples=100)
@given(root=ROOTS)
def test_a_key_at_its_place_is_the_key(root: dict[str, Any]) -> None:
    found = document(dumped(root, flow=False))
    for path in paths(found.root):
        if isinstance(path[-1], str):
            span = found.key_span(path)
            text = re.sub(r"^\? ", "", found.text[span.start : span.end])
            assert path[-1] in document(f"{text}: 1").root


@settings(deadline=None, max_examples=300)
@given(
    st.binary(max_size=200) | st.text("ab:-[]{}\"'&*!|>%@`#?,\n\t 0~<", max_size=80).map(str.encode)
)
def test_whatever_the_bytes_a_document_comes_back(data: bytes) -> None:
    found = read("pbx.yaml", "", data)
    assert isinstance(found.root, Mapping)
    assert found.readable or found.diagnostics
    for diagnostic in found.diagnostics:
        assert diagnostic.range is not None
        assert diagnostic.range.start <= diagnostic.range.end
