"""Expressions on user names end in time, whatever a directory says."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.directories import LONGEST_NAME, Removal


@pytest.mark.parametrize(
    ("expression", "name", "left"),
    [
        ("@.*", "alice@example.net", "alice"),
        ("^(dept|team)-", "dept-alice", "alice"),
        (r"[^a-z0-9]", "al.ic-e 7", "alice7"),
        (r"\s*\(.*\)$", "alice (old)", "alice"),
        (r"\d{2,4}$", "alice2024", "alice"),
        ("(?:ext)?\\.", "alice.ext.b", "aliceb"),
        ("[]x]", "a]xb", "ab"),
    ],
)
def test_what_matches_is_taken_out(expression, name, left):
    assert Removal.parse(expression).apply(name) == left


@pytest.mark.parametrize(
    "expression",
    [
        "(a|a)*b", "(a*)*", "(a+)+$", "(.*)(.*)(.*)x", "a?" * 30 + "a" * 30, "(a|aa)+",
        "(x+x+)+y", "(a{1,50}){1,50}",
    ],
)  # fmt: skip
def test_what_could_take_for_ever_is_refused(expression):
    with pytest.raises(ValueError, match="too many ways"):
        Removal.parse(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "(",
        "a)",
        "[a",
        "*",
        "(?=a)",
        "(?P<n>a)",
        r"(a)\1",
        "a*?",
        "a{",
        r"\bx",
        "(?i)a",
        "[a[b]",
        "[a--b]",
    ],
)
def test_what_is_no_expression_for_here_is_refused(expression):
    with pytest.raises(ValueError, match="it "):
        Removal.parse(expression)


EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "^", "$", r"\w"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,9}", "{2}"])).map("".join),
        st.lists(inner, min_size=2, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"({'|'.join(some)})"),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS, st.sampled_from(["a", "ab", "aab", "abb"]), st.sampled_from(["", "c", "\n"]))
def test_an_expression_that_is_let_in_ends_in_time(expression, part, end):
    try:
        removal = Removal.parse(expression[:100])
    except ValueError:
        return
    name = (part * LONGEST_NAME)[: LONGEST_NAME - 1] + end
    before = time.process_time()
    removal.apply(name)
    assert time.process_time() - before < 1.0


@given(st.text(alphabet="ab(|)[]{}*+?.^$\\,19d-:", max_size=20))
def test_any_text_is_an_expression_or_refused(text):
    try:
        removal = Removal.parse(text)
    except ValueError:
        return
    assert set(removal.apply("ab19")) <= set("ab19")
