import pytest
from every_number import PATTERNS
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.automata import Dfa, describe, image, pattern_of
from schema.dialplan.pattern import ALPHABET, parse_pattern
from schema.dialplan.template import parse_template


def dfa(*texts: str) -> Dfa:
    return Dfa.of_patterns([parse_pattern(text) for text in texts])


@settings(deadline=None, max_examples=80)
@given(st.lists(PATTERNS, max_size=5), st.lists(PATTERNS, max_size=3))
def test_a_description_is_exactly_the_set(added: list[str], removed: list[str]) -> None:
    numbers = (dfa(*added) - dfa(*removed)) & Dfa.numbers()
    found = describe(numbers, limit=1_000)
    assert found.complete
    assert dfa(*found.patterns) == numbers


@given(st.lists(st.frozensets(st.sampled_from(ALPHABET), min_size=1), min_size=1, max_size=6))
def test_what_is_written_is_read_back(symbols: list[frozenset[str]]) -> None:
    written = pattern_of(["".join(accepted) for accepted in symbols], ".")
    assert parse_pattern(written.text) == written


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (dfa("9011.") - dfa("90110!"), ["9011[1-9*#+]!"]),
        (dfa("9011Z."), ["9011Z."]),
        (dfa("9011.") - dfa("9011[0*#+]!"), ["9011Z!"]),
        (dfa("9.") - dfa("9X"), ["9X.", "9[*#+]!"]),
        (dfa("5XX", "X5X", "XX5"), ["XX5", "X5X", "5XX"]),
        (dfa("2XX") - dfa("250"), ["2[0-46-9]X", "25Z"]),
        (dfa("911", "9911", "9NXXXXXX"), ["911", "9911", "9NXXXXXX"]),
        (dfa("2[0-4]X", "2[5-9]X"), ["2XX"]),
        (~Dfa.nothing(), ["!"]),
        (Dfa.numbers(), ["."]),
        (Dfa.nothing(), []),
        (dfa("[1245*#]"), ["[1245*#]"]),
    ],
)
def test_sets_read_as_one_would_write_them(numbers: Dfa, expected: list[str]) -> None:
    assert describe(numbers).patterns == tuple(expected)


def test_a_long_description_is_cut_and_says_so() -> None:
    assert describe(dfa("11", "22", "33"), limit=2) == (("11", "22"), False)


def test_what_no_patterns_can_say_is_cut_as_well() -> None:
    numbers = image(dfa("9."), parse_template("${EXTEN}#"))
    assert describe(numbers, limit=2) == (("9[0-9*#+]#", "9[0-9*#+][0-9*#+]#"), False)
