"""An edit of one key changes its lines and no others: in any layout, and in every file we have."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from schema.reading import read
from schema.source import Document, Mapping, SecretReference
from sync.errors import EditRefused
from sync.writeback.rewrite import rewritten, same

ROOT = Path(__file__).parents[3]
FILES = sorted(
    path
    for folder in (
        "pbx.yaml",
        "sync/templates",
        "examples",
        "tests/fixtures/bad",
        "renderers/devices/yealink/cases",
    )
    for path in ([ROOT / folder] if folder.endswith(".yaml") else (ROOT / folder).rglob("*.yaml"))
)
SEALED = SecretReference("age", "-----BEGIN AGE-----\nYWdlLW VuY+J5/=\n-----END AGE-----\n")
SECRETS = (
    SEALED,
    SecretReference("age", f"# {SEALED.text}%".replace("\n", "\n- ")),
    SecretReference("env", "PBX_KEY"),
    SecretReference("file", "/etc/key: # 1"),
)
NEW_VALUES = ("changed", "201", True, ["a", {"b": 1}], {"x": "y"}, None, *SECRETS, {"z": SEALED})


# Every file of the repository


def test_each_key_of_each_file_takes_a_new_value():
    edits = refusals = 0
    for document in documents():
        for path in paths_of(document.root):
            edits += 1
            refusals += not set_holds(document, path, NEW_VALUES[edits % len(NEW_VALUES)])
    assert edits > 1000
    assert refusals <= edits // 100


def test_each_key_of_each_file_can_go():
    edits = refusals = 0
    for document in documents():
        for path in paths_of(document.root):
            if len(path) > 1:
                edits += 1
                refusals += not removal_holds(document, path)
    assert edits > 1000
    assert refusals <= edits // 50


def test_each_mapping_of_each_file_takes_a_new_key():
    edits = refusals = 0
    for document in documents():
        for path in [(), *paths_of(document.root)]:
            if isinstance(document.value(path), Mapping) and document.value(path):
                edits += 1
                refusals += not addition_holds(document, path)
    assert edits > 500
    assert refusals <= edits // 50


def documents():
    for path in FILES:
        document = read(path.name, "", path.read_bytes())
        if document.readable and not document.diagnostics:
            yield document


# Files in any layout


scalars = st.one_of(
    st.sampled_from(["alice", "201", "Bob Brown", "yes", "", "a: b", "it's", "ä", "20s", "# no"]),
    st.integers(-5, 5),
    st.booleans(),
    st.none(),
    st.sampled_from(SECRETS),
)
names = st.sampled_from(["name", "extension", "groups", "site", "alice", "0015651234ab", "a b"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=10,
)
trees = st.dictionaries(names, values, min_size=1, max_size=4)


@st.composite
def laid_out(draw, tree):
    """YAML text of a tree as somebody may have typed it."""
    line_end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    lines = ["# begins", *block(draw, draw(tree), 0)]
    text = line_end.join(lines)
    # A block scalar that ends the file without a line end would read on in what comes behind.
    return text + (line_end if " !age |" in text or draw(st.booleans()) else "")


def block(draw, value, column):
    """Lines of a collection in block style, with comments and blank lines between."""
    lines = []
    pad = " " * column
    for item in value.items() if isinstance(value, dict) else enumerate(value):
        if draw(st.integers(0, 5)) == 0:
            lines.append(draw(st.sampled_from(["", f"{pad}# about this", "# at the edge", "  "])))
        head = f"{pad}{written(draw, item[0])}:" if isinstance(value, dict) else f"{pad}-"
        lines += entry(draw, head, item[1], column, isinstance(value, dict))
    return lines


def entry(draw, head, value, column, in_mapping):
    comment = draw(st.sampled_from(["", "", "", "  # note", "   "]))
    if isinstance(value, dict | list) and value and draw(st.booleans()):
        step = draw(st.integers(0 if in_mapping and isinstance(value, list) else 1, 4))
        inner = block(draw, value, column + step)
        compact = not in_mapping and step >= 2 and inner[0].strip() and inner[0].strip()[0] != "#"
        if compact and draw(st.booleans()):
            return [head + inner[0][len(head) :], *inner[1:]]
        return [head + comment, *inner]
    gap = " " * draw(st.integers(1, 3))
    if isinstance(value, SecretReference) and "\n" in value.text and draw(st.booleans()):
        pad = " " * (column + draw(st.integers(1, 4)))
        chomp = "" if value.text.endswith("\n") else "-"
        # Blank lines behind a block scalar are not its own, unless it keeps them (|+).
        tail = draw(st.sampled_from([[], [""]]))
        lines = [pad + line for line in value.text.splitlines()]
        return [f"{head}{gap}!{value.kind} |{chomp}{comment}", *lines, *tail]
    return [f"{head}{gap}{flow(draw, value, column + 1)}{comment}"]


def flow(draw, value, column):
    if isinstance(value, dict | list):
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        items = (
            [f"{written(draw, k)}: {flow(draw, v, column)}" for k, v in value.items()]
            if isinstance(value, dict)
            else [flow(draw, item, column) for item in value]
        )
        between = draw(st.sampled_from([", ", ",  ", " , ", f",\n{' ' * (column + 2)}"]))
        trailing = draw(st.sampled_from(["", "", ","])) if items else ""
        pad = draw(st.sampled_from(["", " ", f"\n{' ' * (column + 1)}"]))
        return f"{opening}{pad}{between.join(items)}{trailing}{pad}{closing}"
    return written(draw, value)


def written(draw, value):
    if isinstance(value, SecretReference):
        return f"!{value.kind} {json.dumps(value.text)}"
    if not isinstance(value, str):
        return json.dumps(value)
    choices = [json.dumps(value, ensure_ascii=False), "'" + value.replace("'", "''") + "'"]
    if value.isalpha() and value != "yes":
        choices.append(value)
    return draw(st.sampled_from(choices))


@settings(max_examples=400, deadline=None)
@given(st.data(), laid_out(trees), values)
def test_any_key_takes_any_value(data, text, value):
    document = parsed(text)
    path = data.draw(st.sampled_from(paths_of(document.root)))
    assert set_holds(document, path, value)


@settings(max_examples=400, deadline=None)
@given(st.data(), laid_out(trees))
def test_any_key_or_item_can_go(data, text):
    document = parsed(text)
    paths = [path for path in paths_of(document.root) if len(path) > 1]
    if paths:
        assert removal_holds(document, data.draw(st.sampled_from(paths)))


@settings(max_examples=400, deadline=None)
@given(st.data(), laid_out(trees), values)
def test_any_mapping_takes_a_new_key(data, text, value):
    document = parsed(text)
    paths = [(), *paths_of(document.root)]
    mappings = [path for path in paths if isinstance(document.value(path), Mapping)]
    path = data.draw(st.sampled_from([path for path in mappings if document.value(path)]))
    assert addition_holds(document, path, value)


@settings(max_examples=400, deadline=None)
@given(laid_out(trees), trees)
def test_any_tree_becomes_any_other(text, tree):
    document = parsed(text)
    if any(key in tree for key in document.root):
        new = rewritten(document, tree)
        assert same(read("x", "", new.encode()).root, tree)
        assert new.startswith("# begins")


def parsed(text) -> Document:
    document = read("x.yaml", "", text.replace("\r\n", "\n").replace("\n", line_end(text)).encode())
    assert document.readable, (text, document.diagnostics)
    return document


def line_end(text):
    return "\r\n" if "\r\n" in text else "\n"


# What holds


def set_holds(document, path, value) -> bool:
    """Whether a value could be set; then nothing but its lines differs."""
    wanted = plain(document.root)
    parent(wanted, path)[path[-1]] = value
    new = attempt(document, wanted)
    if new is not None:
        first, last = lines_of(document, path)
        assert_same_around(document.text, new, first, last)
    return new is not None


def removal_holds(document, path) -> bool:
    wanted = plain(document.root)
    del parent(wanted, path)[path[-1]]
    new = attempt(document, wanted)
    if new is not None:
        assert_same_around(document.text, new, *lines_of_removal(document, path))
    return new is not None


def addition_holds(document, path, value="new") -> bool:
    wanted = plain(document.root)
    (parent(wanted, path)[path[-1]] if path else wanted)["zzz"] = value
    new = attempt(document, wanted)
    if new is not None:
        inside = [lines_of(document, (*path, key)) for key in document.value(path)]
        first = max(max(line for line, _ in inside) - 1, 1)
        assert_same_around(document.text, new, first, max(last for _, last in inside) + 1)
        assert line_end(document.text) == line_end(new)
    return new is not None


def lines_of_removal(document, path):
    """An entry's own lines, with the line before, whose comma may go."""
    siblings = document.value(path[:-1])
    _, last = lines_of(document, path)
    outer = lines_of(document, path[:-1])
    if len(siblings) == 1 or (
        isinstance(siblings, list) and siblings.count(siblings[path[-1]]) > 1
    ):
        return outer  # all of it goes, or which of them goes cannot be told
    keys = list(siblings) if isinstance(siblings, Mapping) else list(range(len(siblings)))
    index = keys.index(path[-1])
    if index:
        return lines_of(document, (*path[:-1], keys[index - 1]))[1], last
    # Behind a dash the next key moves up.
    follows = lines_of(document, (*path[:-1], keys[1]))[0]
    behind_dash = len(path) > 1 and isinstance(path[-2], int)
    return outer[0], max(last, follows) if behind_dash else last


def attempt(document, wanted):
    try:
        new = rewritten(document, wanted)
    except EditRefused:
        return None
    assert same(read("x", "", new.encode()).root, wanted)
    return new


def assert_same_around(old, new, first, last):
    """Lines before `first` and behind `last` (from 1) are the same bytes."""
    before = old.splitlines(keepends=True)
    after = new.splitlines(keepends=True)
    assert after[: first - 1] == before[: first - 1]
    rest = before[last:]
    assert not rest or after[-len(rest) :] == rest


def lines_of(document, path):
    if not path:
        return 1, len(document.text.splitlines())
    start = document.range(document.key_span(path)).start.line
    return start, max(start, document.range(document.span(path)).end.line)


def paths_of(value, path=()):
    found = []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        found.append((*path, key))
        if isinstance(item, dict | list):
            found += paths_of(item, (*path, key))
    return found


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def parent(value, path):
    for step in path[:-1]:
        value = value[step]
    return value
