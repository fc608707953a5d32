from itertools import islice

import pytest
from every_number import PATTERNS, every_number, matched
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.automata import Dfa, TooComplexError
from schema.dialplan.pattern import ALPHABET, parse_pattern

LONGEST = 4
SETS = st.lists(PATTERNS, max_size=5)


def dfa(*patterns: str) -> Dfa:
    return Dfa.of_patterns([parse_pattern(text) for text in patterns])


def members(patterns: list[str]) -> frozenset[str]:
    return frozenset().union(*(matched(text, LONGEST) for text in patterns))


def short(found: Dfa) -> frozenset[str]:
    return frozenset(number for number in every_number(LONGEST) if number in found)


@settings(deadline=None, max_examples=60)
@given(SETS, SETS)
def test_set_algebra_is_that_of_the_numbers(mine: list[str], theirs: list[str]) -> None:
    a, b, mine_, theirs_ = dfa(*mine), dfa(*theirs), members(mine), members(theirs)
    assert short(a) == mine_
    assert short(a | b) == mine_ | theirs_
    assert short(a & b) == mine_ & theirs_
    assert short(a - b) == mine_ - theirs_
    assert a.meets(b) == bool(a & b)
    assert short(~a) == set(every_number(LONGEST)) - mine_


@settings(deadline=None, max_examples=60)
@given(SETS, SETS)
def test_comparisons_are_those_of_the_numbers(mine: list[str], theirs: list[str]) -> None:
    """Patterns of three symbols are told apart by numbers of four."""
    a, b, mine_, theirs_ = dfa(*mine), dfa(*theirs), members(mine), members(theirs)
    assert (a == b) == (mine_ == theirs_)
    assert (a <= b) == (mine_ <= theirs_)
    assert bool(a & b) == bool(mine_ & theirs_)
    assert a | b == b | a == ~(~a & ~b)
    assert a - b == a & ~b


@settings(deadline=None, max_examples=60)
@given(SETS)
def test_examples_and_counts_are_those_of_the_numbers(patterns: list[str]) -> None:
    found, expected = dfa(*patterns), members(patterns)
    in_order = [number for number in every_number(LONGEST) if number in expected]
    assert list(islice(found.examples(), len(in_order))) == in_order
    assert found.counts(LONGEST) == [sum(len(n) == k for n in in_order) for k in range(5)]
    assert found.witness() == (in_order[0] if in_order else None)
    assert found.is_infinite == any(text[-1] in ".!" for text in patterns)
    assert found.total == (None if found.is_infinite else len(expected))


@settings(deadline=None)
@given(st.frozensets(st.sampled_from(every_number(3)), max_size=30))
def test_literals_are_a_set_of_just_these(literals: frozenset[str]) -> None:
    assert short(Dfa.of_literals(literals)) == literals


def test_strings_may_be_limited_to_some_characters() -> None:
    digits = Dfa.made_of("0123456789")
    assert digits.counts(3) == [1, 10, 100, 1000]
    assert (dfa("9X!") & digits).counts(4) == [0, 0, 10, 100, 1000]
    assert Dfa.made_of(ALPHABET) == ~Dfa.nothing()


def test_equal_sets_are_the_same_automaton_however_they_came_about() -> None:
    everything = ~Dfa.nothing()
    assert dfa("!") == everything == dfa("X!", ".", "!") == Dfa.of_literals([""]) | Dfa.numbers()
    assert dfa("2XX") == dfa("2[0-4]X", "2[5-9]X") == dfa("2!") & dfa("XXX")
    assert hash(dfa("2XX")) == hash(dfa("2XX", "25X"))


def test_what_is_no_number_is_in_no_set() -> None:
    assert "alice" not in ~Dfa.nothing()


def test_a_set_that_would_grow_without_bounds_is_refused() -> None:
    with pytest.raises(TooComplexError):
        Dfa.explored(0, lambda state: [state + 1] * 13, lambda _: False, limit=100)
