"""Sets of numbers that are computed with: each operation against the patterns themselves."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.dialplan.forms import (
    Form,
    after,
    common,
    literal,
    merged,
    notation,
    of_expression,
    of_pattern,
    without,
)
from schema.dialplan.pattern import parse_pattern

SYMBOLS = st.sampled_from(["0", "1", "5", "X", "Z", "N", "[13]", "[0-4]", "[5-79]", "+", "*"])
PATTERNS = st.builds(
    lambda symbols, tail: "".join(symbols) + tail,
    st.lists(SYMBOLS, min_size=1, max_size=4),
    st.sampled_from(["", "", ".", "!"]),
)
NUMBERS = st.text("0123459+*", max_size=6)


def holds(forms: list[Form], number: str) -> bool:
    return any(
        parse_pattern(notation(form)).matches(number) if form.symbols or form.more else not number
        for form in forms
    )


@given(PATTERNS, st.lists(NUMBERS, min_size=1))
def test_a_pattern_stays_what_it_is(pattern: str, numbers: list[str]) -> None:
    form = of_pattern(pattern)
    for number in numbers:
        assert holds([form], number) == parse_pattern(pattern).matches(number)
    assert of_pattern(notation(form)) == form


@given(st.lists(PATTERNS, max_size=5), st.lists(PATTERNS, max_size=3), st.lists(NUMBERS))
def test_what_is_left_and_what_is_shared(
    texts: list[str], others: list[str], numbers: list[str]
) -> None:
    forms, taken = [of_pattern(t) for t in texts], [of_pattern(t) for t in others]
    left, shared = without(forms, taken), common(forms, taken)
    for number in numbers:
        of_first = any(parse_pattern(t).matches(number) for t in texts)
        of_second = any(parse_pattern(t).matches(number) for t in others)
        assert holds(left, number) == (of_first and not of_second)
        assert holds(shared, number) == (of_first and of_second)
        assert holds(merged(forms), number) == of_first


@given(st.lists(PATTERNS, max_size=5), st.text("0159", max_size=3), NUMBERS)
def test_what_comes_after_digits(texts: list[str], digits: str, rest: str) -> None:
    forms = [of_pattern(text) for text in texts]
    assert holds(after(forms, digits), rest) == holds(forms, digits + rest)


EXPRESSIONS = st.recursive(
    st.sampled_from(["0", "12", r"\d", "[1-35]", r"\d{2}", "5?", r"[02]{1,2}", r"\d{0,2}"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        inner.map(lambda one: f"(?:{one})?"),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, st.lists(st.text("01235", max_size=6), min_size=1))
def test_an_expression_matches_the_same_numbers(expression: str, numbers: list[str]) -> None:
    forms = of_expression(expression)
    for number in numbers:
        assert holds(forms, number) == (re.fullmatch(expression, number) is not None)


@pytest.mark.parametrize("expression", ["(1)", "1+", "[^1]", "1(?:2", "(?:1)|2)", "a", "^1"])
def test_an_expression_of_another_kind_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        of_expression(expression)


def test_forms_that_differ_in_one_digit_become_one() -> None:
    assert [notation(form) for form in of_expression("20[1-4]|20[5-9]|200")] == ["20X"]
    assert [notation(f) for f in merged(map(literal, ("13", "14", "15", "19")))] == ["1[3-59]"]
