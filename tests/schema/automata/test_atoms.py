from collections import defaultdict

import pytest
from every_number import ORDER, PATTERNS, every_number
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.plans import patterns as realistic
from schema.automata import Atoms, TooComplexError
from schema.dialplan.index import PatternIndex
from schema.dialplan.pattern import ALPHABET, parse_pattern

LONGEST = 4
LITERALS = st.text(ALPHABET + "a", max_size=5) | st.sampled_from(every_number(2))


def atoms(*patterns: str, literals: tuple[str, ...] = ()) -> Atoms:
    return Atoms([parse_pattern(text) for text in patterns], literals)


@settings(deadline=None, max_examples=60)
@given(st.lists(PATTERNS, max_size=8), st.frozensets(LITERALS, max_size=40))
def test_atoms_are_what_looking_at_every_number_finds(
    patterns: list[str], literals: frozenset[str]
) -> None:
    index = PatternIndex([parse_pattern(text) for text in patterns])
    expected: dict[tuple[int, bool], list[str]] = defaultdict(list)
    for number in every_number(LONGEST, shortest=1):
        expected[index.matching(number), number in literals].append(number)
    found = {
        (atom.patterns, atom.literal): atom
        for atom in Atoms([parse_pattern(text) for text in patterns], literals)
    }
    assert expected.keys() == {key for key in found if len(found[key].witness) <= LONGEST}
    for key, numbers in expected.items():
        assert found[key].witness == numbers[0]
        by_length = [sum(len(n) == length for n in numbers) for length in range(LONGEST + 1)]
        assert [found[key].counts.of_length(n) for n in range(LONGEST + 1)] == by_length


@settings(deadline=None)
@given(st.lists(PATTERNS, max_size=8), st.frozensets(LITERALS, max_size=40))
def test_every_atom_is_found_by_its_witness(patterns: list[str], literals: frozenset[str]) -> None:
    partition = Atoms([parse_pattern(text) for text in patterns], literals)
    for atom in partition:
        assert partition.of(atom.witness) is atom
    assert [atom.witness for atom in partition] == sorted(
        (atom.witness for atom in partition), key=lambda n: (len(n), [ORDER.index(c) for c in n])
    )


@settings(deadline=None)
@given(st.lists(PATTERNS, max_size=8), st.frozensets(LITERALS, max_size=40))
def test_atoms_share_out_all_numbers(patterns: list[str], literals: frozenset[str]) -> None:
    partition = Atoms([parse_pattern(text) for text in patterns], literals)
    for length in (1, 5, 15, 32):
        assert sum(atom.counts.of_length(length) for atom in partition) == 13**length


@settings(deadline=None, max_examples=40)
@given(st.lists(PATTERNS, max_size=6))
def test_the_language_of_an_atom_is_its_numbers(patterns: list[str]) -> None:
    partition = atoms(*patterns)
    for atom in partition:
        language = partition.language(lambda matching, wanted=atom.patterns: matching == wanted)
        assert language.witness() == atom.witness
        assert language.counts(6) == [atom.counts.of_length(n) for n in range(7)]
        assert language.total == atom.counts.total


def test_numbers_that_no_pattern_matches_are_an_atom() -> None:
    assert [(a.patterns, a.witness, a.counts.infinite) for a in atoms("X", "[0-4]")] == [
        (0b11, "0", False),
        (0b01, "5", False),
        (0, "*", True),
    ]


def test_a_witness_is_made_of_digits_where_it_can_be() -> None:
    assert [a.witness for a in atoms("9[0-9*#+]", "+.") if a.patterns] == ["90", "+0"]


def test_literals_are_told_from_the_other_numbers_of_their_pattern() -> None:
    found = atoms("2XX", literals=("200", "201", "alice", "999"))
    assert [(a.patterns, a.literal, a.witness, a.counts.up_to(3)) for a in found] == [
        (0, False, "0", 13 + 169 + 2197 - 101),
        (1, True, "200", 2),
        (1, False, "202", 98),
        (0, True, "999", 1),
    ]


def test_a_pattern_that_is_all_literals_has_no_other_atom() -> None:
    found = atoms("2X", literals=tuple(f"2{digit}" for digit in range(10)))
    assert [(a.literal, a.counts.total) for a in found if a.patterns] == [(True, 10)]


def test_the_atom_of_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="'alice' is not a number"):
        atoms("X.").of("alice")


def test_patterns_that_overlap_in_too_many_ways_are_refused() -> None:
    patterns = [parse_pattern("X" * at + "5" + "X" * (19 - at)) for at in range(20)]
    with pytest.raises(TooComplexError) as refusal:
        Atoms(patterns, limit=10_000)
    assert refusal.value.limit == 10_000


def test_five_thousand_rules_and_their_users_agree_with_the_index() -> None:
    patterns = [parse_pattern(text) for text in realistic(5_000)]
    literals = [str(number) for number in range(20_000, 35_000)]
    literals += [f"+1212555{number:04}" for number in range(10_000)]
    index, taken = PatternIndex(patterns), set(literals)
    found = Atoms(patterns, literals)
    assert len(found) > 4_000
    for atom in found:
        assert atom.patterns == index.matching(atom.witness)
        assert atom.literal == (atom.witness in taken)
    assert sum(atom.counts.of_length(15) for atom in found) == 13**15
