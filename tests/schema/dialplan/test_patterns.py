import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.dialplan.pattern import ALPHABET, PatternError, parse_pattern


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("911", "911"),
        ("9NXXXXXX", "95551234"),
        ("_9NXXXXXX", "95551234"),
        ("9nxxzz", "920011"),
        ("9011.", "90111"),
        ("9011.", "9011442079460000"),
        ("0!", "0"),
        ("0!", "0123"),
        ("[13-5]X", "40"),
        ("*8[0-9*#]", "*8#"),
        ("+1NXXNXXXXXX", "+12125551234"),
        ("!", ""),
        (".", "+"),
    ],
)
def test_pattern_matches(pattern: str, number: str) -> None:
    assert parse_pattern(pattern).matches(number)


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("911", "9911"),
        ("911", "9112"),
        ("9NXXXXXX", "91551234"),
        ("9011.", "9011"),
        ("Z", "0"),
        ("[13-5]", "2"),
        ("[13-5]", ""),
        ("X.", "1alice"),
        (".", ""),
        ("!", "alice"),
    ],
)
def test_pattern_does_not_match(pattern: str, number: str) -> None:
    assert not parse_pattern(pattern).matches(number)


@pytest.mark.parametrize(
    ("pattern", "column", "words"),
    [
        ("", 1, "empty"),
        ("_", 1, "empty"),
        ("9.1", 3, "end"),
        ("9!!", 3, "end"),
        ("9[13", 2, "never closed"),
        ("9[]1", 2, "empty"),
        ("9[5-3]", 3, "not a range"),
        ("9[5-]", 3, "not a range"),
        ("9[^1]", 3, "cannot stand"),
        ("91]", 3, "no meaning"),
        ("555-1234", 4, "no meaning"),
        ("9A", 2, "no meaning"),
        ("9\u0663", 2, "no meaning"),
        ("[1-\u0663]", 2, "not a range"),
    ],
)
def test_unreadable_pattern_names_column_and_remedy(pattern: str, column: int, words: str) -> None:
    with pytest.raises(PatternError, match=words) as caught:
        parse_pattern(pattern)
    assert caught.value.column == column
    assert caught.value.hint


_SYMBOLS = st.sampled_from([*"0123456789*#+XZN", "[13-5]", "[0*#]", "[7-9]"])


@given(
    st.lists(_SYMBOLS, min_size=1, max_size=6),
    st.sampled_from(["", ".", "!"]),
    st.text(ALPHABET + "a", max_size=8),
)
def test_matching_agrees_with_a_regular_expression(
    symbols: list[str], tail: str, number: str
) -> None:
    text = "".join(symbols) + tail
    classes = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": "[0-9*#+]+", "!": "[0-9*#+]*"}
    expression = "".join(
        classes.get(s) or (s if len(s) > 1 else re.escape(s)) for s in [*symbols, tail]
    )
    assert parse_pattern(text).matches(number) == bool(re.fullmatch(expression, number))


@given(st.text("09XZN[]-.!_^a *", max_size=8))
def test_any_text_parses_or_fails_with_a_column_inside_it(text: str) -> None:
    assert 1 <= _column_of_error(text) <= max(1, len(text))


def _column_of_error(text: str) -> int:
    try:
        parse_pattern(text)
    except PatternError as error:
        return error.column
    return 1
