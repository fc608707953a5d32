"""One file with other values: only the lines of what changed are others."""

from difflib import SequenceMatcher

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schema.reading import read
from sync.errors import EditRefused
from sync.writeback.edits import wanted_of
from sync.writeback.rewrite import rewritten

TREE = """\
# The office.  Keep the order.
version: 1

users:   # people
  alice: {name: Alice Adams, extension: "201",   groups: [sales]}  # boss
  bob:
    # moved in 2024
    name:   'Bob Brown'
    extension: "202"
    groups:
    - sales
    - office   # for now

phones:
  "0015651234ab": { model: yealink-t46g, lines: [alice] }

# The end.
"""


def change(text: str, *steps):
    """The text after (path, value) each; a value of `...` removes."""
    document = read("pbx.yaml", "", text.encode())
    wanted = plain(document.root)
    for path, value in steps:
        at = wanted
        for step in path[:-1]:
            at = at[step]
        if value is ...:
            del at[path[-1]]
        else:
            at[path[-1]] = value
    return rewritten(document, wanted)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def lines(old: str, new: str):
    """What went and what came, as lines."""
    before, after = old.splitlines(), new.splitlines()
    gone, come = [], []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            gone += before[a:b]
            come += after[c:d]
    return gone, come


def test_a_value_changes_in_its_quotes_and_nothing_else():
    new = change(TREE, (("users", "bob", "name"), "Bob O'Brien"))
    assert lines(TREE, new) == (
        ["    name:   'Bob Brown'"],
        ["    name:   'Bob O''Brien'"],
    )


def test_a_value_between_braces_keeps_comment_and_spaces():
    new = change(TREE, (("users", "alice", "extension"), "301"))
    assert new == TREE.replace('"201"', '"301"')


def test_a_list_loses_and_gains_items_one_by_one():
    new = change(TREE, (("users", "bob", "groups"), ["office", "abroad"]))
    assert new == TREE.replace("    - sales\n", "").replace(
        "   # for now\n", "   # for now\n    - abroad\n"
    )
    assert change(TREE, (("users", "alice", "groups"), ["abroad", "sales"])) == TREE.replace(
        "[sales]", "[abroad, sales]"
    )


def test_a_new_entry_looks_like_the_one_before_it():
    new = change(TREE, (("phones", "64167f5678cd"), {"model": "poly-vvx400", "lines": ["bob"]}))
    line = '  "64167f5678cd": { model: poly-vvx400, lines: [bob] }\n'
    assert new == TREE.replace("\n# The end.", f"{line}\n# The end.")
    new = change(TREE, (("users", "carol"), {"groups": ["sales"], "extension": "203", "name": "C"}))
    assert lines(TREE, new) == (
        [],
        ["  carol:", "    name: 'C'", '    extension: "203"', "    groups:", "    - sales"],
    )


def test_a_new_key_stands_where_the_neighbours_have_it():
    first = "users:\n  a:\n    name: A\n    site: hq\n    groups: []\n"
    text = f"{first}  b:\n    name: B\n    groups: []\n"
    assert change(text, (("users", "b", "site"), "hq")) == text.replace(
        "    name: B\n", "    name: B\n    site: hq\n"
    )


def test_entries_apart_by_blank_lines_stay_apart():
    text = "users:\n  a:\n    name: A\n\n  b:\n    name: B\n"
    new = change(text, (("users", "c"), {"name": "C"}))
    assert new == text + "\n  c:\n    name: C\n"


def test_removing_takes_the_lines_of_the_entry_only():
    new = change(TREE, (("users", "bob"), ...))
    start = TREE.index("  bob:")
    assert new == TREE[:start] + TREE[TREE.index("\nphones:") :]


def test_the_first_key_behind_a_dash_goes_without_the_comments_below_it():
    text = "a:\n  - b: 1\n    c: 2\n"
    assert change(text, (("a", 0, "b"), ...)) == "a:\n  - c: 2\n"
    text = "a:\n  - b: 1\n    # about c\n    c: 2\n"
    assert change(text, (("a", 0, "b"), ...)) == "a:\n  - \n    # about c\n    c: 2\n"


def test_the_last_entry_leaves_an_empty_section():
    new = change(TREE, (("phones", "0015651234ab"), ...))
    assert "\nphones: {}\n\n# The end.\n" in new
    both = change(TREE, (("users", "alice"), ...), (("users", "bob"), ...))
    assert "users: {}   # people\n" in both


def test_the_first_entry_of_an_empty_section():
    for empty in ("phones:\n", "phones: {}\n", "phones:   # none yet\n"):
        new = change(empty, (("phones",), {"0015651234ab": {"model": "m", "lines": ["a"]}}))
        assert new.endswith('\n  "0015651234ab": {model: m, lines: [a]}\n'), new
        assert ("# none yet" in new) == ("# none yet" in empty)


def test_a_section_that_is_not_there_comes_in_the_usual_order():
    text = "version: 1\nsystem: {domain: a.test}\n\n# Out.\ngateways: {}\n"
    new = change(text, (("phones",), {"0015651234ab": {"model": "m", "lines": ["a"]}}))
    assert new.startswith('version: 1\nsystem: {domain: a.test}\n\nphones:\n  "0015651234ab": {')
    assert new.endswith("\n\n# Out.\ngateways: {}\n")


def test_line_ends_a_missing_last_one_and_trailing_spaces_stay():
    text = TREE.replace("boss\n", "boss   \n").replace("\n", "\r\n").rstrip("\r\n")
    new = change(text, (("users", "carol"), {"name": "C"}), (("users", "bob", "extension"), "7"))
    assert "\n" not in new.replace("\r\n", "")
    assert not new.endswith("\n")
    gone, come = lines(text, new)
    assert gone == ['    extension: "202"']
    assert come == ['    extension: "7"', "  carol:", "    name: 'C'"]
    at_the_end = "users:\r\n  a: {name: A}"
    assert change(at_the_end, (("users", "b"), {"name": "B"})) == (
        "users:\r\n  a: {name: A}\r\n  b: {name: B}"
    )


def test_a_list_of_lines_between_brackets():
    text = "users:\n  a:\n    groups: [\n      x,  # one\n      y   # two\n    ]\n"
    assert change(text, (("users", "a", "groups"), ["x", "y", "z"])) == text.replace(
        "y   # two\n", "y,   # two\n      z\n"
    )
    assert change(text, (("users", "a", "groups"), ["y"])) == text.replace("      x,  # one\n", "")
    assert change(text, (("users", "a", "groups"), ["x"])) == text.replace("      y   # two\n", "")


def test_a_block_becomes_a_word_and_back():
    text = "users:\n  a:\n    forward:   # away\n      - {to: b}\n    name: A\n"
    assert change(text, (("users", "a", "forward"), "b")) == (
        "users:\n  a:\n    forward: b   # away\n    name: A\n"
    )
    assert change("a: {b: c}\n", (("a", "b"), {"d": [1, True, None, "1"]})) == (
        'a: {b: {d: [1, true, null, "1"]}}\n'
    )


def test_words_that_would_be_misread_get_quotes():
    values = [
        "yes",
        "201",
        "1e3",
        "a: b",
        "#x",
        "",
        " x",
        "0x1f",
        "2026-12-25",
        "a\nb",
        "\u2028",
        "ä",
    ]
    new = change("a: {}\n", (("a", "b"), values))
    assert read("x", "", new.encode()).root["a"]["b"] == values
    assert '"yes", "201", "1e3"' in new
    assert '"2026-12-25"' in new
    assert "ä]" in new


def test_what_an_anchor_shares_is_not_changed():
    text = "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 1\n"
    with pytest.raises(EditRefused, match="by hand"):
        change(text, (("a", "b"), 2))
    assert change(text, (("c", "b"), 2)) == text.replace("c: *x", "c:\n  b: 2")
    assert change(text, (("d", "b"), 2)) == text + "  b: 2\n"
    with pytest.raises(EditRefused, match="merge key"):
        change(text, (("d", "b"), ...))


def test_an_unchanged_tree_is_the_same_bytes():
    assert change(TREE) == TREE
    document = read("pbx.yaml", "", TREE.encode())
    assert wanted_of({"pbx.yaml": document}, []).roots == {}


@given(st.text(), st.sampled_from(["x", '"x"', "'x'"]))
def test_any_text_reads_back_as_it_was(text, before):
    assume(not any("\ud800" <= character <= "\udfff" for character in text))
    for tree in (f"a:\n  b: {before}\n", f"a: {{b: {before}, c: 1}}\n"):
        new = change(tree, (("a", "b"), text))
        assert read("x", "", new.encode()).root["a"]["b"] == text
