"""Which of many patterns match a number, all answered at once.

Knows patterns only. A set of patterns is one integer, bit i for the pattern i. For each position
the index keeps, for each character, the set that accepts it there; a look-up intersects one set
per digit, so that a plan of thousands of rules costs a few machine words more than one of ten,
whatever the patterns look like (a tree of prefixes degenerates when they start with X or sets).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from schema.dialplan.pattern import ALPHABET, Pattern

_ALPHABET = frozenset(ALPHABET)


class PatternIndex:
    """An immutable index over `patterns`; the result's bits are their places in that order."""

    __slots__ = ("_lengths", "_longer", "_positions")

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._positions = _positions(patterns)
        self._lengths = _lengths(patterns, len(self._positions))
        self._longer = _pattern_set(i for i, pattern in enumerate(patterns) if pattern.tail)

    def matching(self, number: str) -> int:
        """The set of patterns that match the whole of `number`; 0 when none does."""
        length = len(number)
        alive = self._lengths[length] if length < len(self._lengths) else self._longer
        for accepting, character in zip(self._positions, number, strict=False):
            alive &= accepting.get(character, 0)
            if not alive:
                return 0
        if length > len(self._positions) and not _ALPHABET.issuperset(number):
            return 0
        return alive


def in_order(patterns: int) -> Iterator[int]:
    """The places of the patterns in a set, lowest first."""
    while patterns:
        lowest = patterns & -patterns
        yield lowest.bit_length() - 1
        patterns ^= lowest


def _pattern_set(places: Iterable[int]) -> int:
    """The set as an integer. Bits are set in a buffer: an integer would be copied for each."""
    bits = bytearray()
    for place in places:
        if place >> 3 >= len(bits):
            bits.extend(bytes((place >> 3) + 1 - len(bits)))
        bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")


def _positions(patterns: Sequence[Pattern]) -> tuple[Mapping[str, int], ...]:
    """For each position up to the longest pattern: character → patterns that accept it there."""
    places: list[dict[str, list[int]]] = []
    for place, pattern in enumerate(patterns):
        while len(places) < len(pattern.symbols):
            places.append(defaultdict(list))
        for position, accepted in zip(places, pattern.symbols, strict=False):
            position[accepted].append(place)
    tails = _tails_by_length(patterns, len(places))
    return tuple(
        _by_character(position, tail) for position, tail in zip(places, tails, strict=False)
    )


def _by_character(places: Mapping[str, Iterable[int]], tail: int) -> dict[str, int]:
    """`tail` are the patterns that are past their symbols here and accept every character."""
    accepting = dict.fromkeys(ALPHABET, tail) if tail else {}
    for characters, found in places.items():
        patterns = _pattern_set(found)
        for character in characters:
            accepting[character] = accepting.get(character, 0) | patterns
    return accepting


def _tails_by_length(patterns: Sequence[Pattern], longest: int, only: str = ".!") -> list[int]:
    """For each length 0..longest: the patterns with a tail and no more symbols than that."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, pattern in enumerate(patterns):
        if pattern.tail and pattern.tail in only:
            places[len(pattern.symbols)].append(place)
    sets = [0]
    for length in range(longest + 1):
        sets.append(sets[-1] | _pattern_set(places[length]))
    return sets[1:]


def _lengths(patterns: Sequence[Pattern], longest: int) -> tuple[int, ...]:
    """For each length 0..longest: the patterns that match some number of that length."""
    exact: dict[int, list[int]] = defaultdict(list)
    for place, pattern in enumerate(patterns):
        if not pattern.tail:
            exact[len(pattern.symbols)].append(place)
    some = _tails_by_length(patterns, longest, "!")
    more = [0, *_tails_by_length(patterns, longest, ".")]
    return tuple(_pattern_set(exact[n]) | some[n] | more[n] for n in range(longest + 1))
