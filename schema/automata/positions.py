"""Many patterns taken apart by position, to be followed all at once, one character at a time.

A set of patterns is one integer, bit i for the pattern i, as in schema.dialplan.index. What that
index answers for a whole number is answered here for one step, from the set that is still alive.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from schema.automata.alphabet import ORDER, PLACES
from schema.dialplan.pattern import Pattern

Choice = tuple[int, tuple[int, ...]]
"""Patterns that accept any of some characters, and the places of these characters in ORDER."""


class Positions:
    """What `patterns` accept at each depth, which is the number of characters read so far."""

    __slots__ = ("_choices", "_exact", "_settled", "everything", "longest")

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.everything = (1 << len(patterns)) - 1
        self.longest = max((len(pattern.symbols) for pattern in patterns), default=0)
        self._settled = _settled(patterns, self.longest)
        self._exact = _exact(patterns, self.longest)
        self._choices = _choices(patterns, self.longest)

    def choices(self, depth: int) -> Sequence[Choice]:
        """The characters that may come next, those that mean the same to all patterns together."""
        return self._choices[depth]

    def matching(self, depth: int, alive: int) -> int:
        """Those of the living patterns that match what has been read."""
        return alive & (self._exact[depth] | self._settled[depth])

    def is_settled(self, depth: int, alive: int) -> bool:
        """Whether the living patterns match, and will whatever follows."""
        return not alive & ~self._settled[depth]


def _settled(patterns: Sequence[Pattern], longest: int) -> list[int]:
    """For each depth the patterns that have a tail and nothing more to ask for."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, pattern in enumerate(patterns):
        if pattern.tail:
            places[len(pattern.symbols) + (pattern.tail == ".")].append(place)
    sets = [0]
    for depth in range(longest + 2):
        sets.append(sets[-1] | _pattern_set(places[depth]))
    return sets[1:]


def _exact(patterns: Sequence[Pattern], longest: int) -> list[int]:
    """For each depth the patterns without a tail that end there."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, pattern in enumerate(patterns):
        if not pattern.tail:
            places[len(pattern.symbols)].append(place)
    return [_pattern_set(places[depth]) for depth in range(longest + 2)]


def _choices(patterns: Sequence[Pattern], longest: int) -> list[Sequence[Choice]]:
    """For each depth, the last of them past every symbol, what may come next."""
    symbols: list[dict[str, list[int]]] = [defaultdict(list) for _ in range(longest + 1)]
    tails: list[list[int]] = [[] for _ in range(longest + 1)]
    for place, pattern in enumerate(patterns):
        for position, accepted in zip(symbols, pattern.symbols, strict=False):
            position[accepted].append(place)
        if pattern.tail:
            tails[len(pattern.symbols)].append(place)
    choices: list[Sequence[Choice]] = []
    free = 0
    for position, ended in zip(symbols, tails, strict=True):
        free |= _pattern_set(ended)
        choices.append(_grouped(_by_character(position, free)))
    return choices


def _by_character(places: Mapping[str, Iterable[int]], free: int) -> list[int]:
    """For each character of ORDER the patterns that accept it; `free` ones accept all."""
    accepting = [free] * len(ORDER)
    for characters, found in places.items():
        patterns = _pattern_set(found)
        for character in characters:
            accepting[PLACES[character]] |= patterns
    return accepting


def _grouped(accepting: Iterable[int]) -> Sequence[Choice]:
    groups: dict[int, list[int]] = defaultdict(list)
    for place, patterns in enumerate(accepting):
        groups[patterns].append(place)
    return [(patterns, tuple(places)) for patterns, places in groups.items()]


def _pattern_set(places: Iterable[int]) -> int:
    """The set as an integer. Bits are set in a buffer: an integer would be copied for each."""
    bits = bytearray()
    for place in places:
        if place >> 3 >= len(bits):
            bits.extend(bytes((place >> 3) + 1 - len(bits)))
        bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")
