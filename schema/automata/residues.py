"""What patterns still ask for after some characters, when it does not matter which one matches.

Then patterns that go on alike are one (all exchanges end in XXXX), and whatever stands beside a
tail that takes everything says nothing more. A plan that has 20,000 states where each pattern
counts (combined.py) has a few dozen here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from schema.automata.alphabet import ORDER
from schema.dialplan.pattern import ALPHABET, Pattern

END, FREE = 0, 1
"""Nothing more, or anything at all."""

Residues = frozenset[int]


class ResidueTable:
    """All residues of `patterns`, each a character set and the residue behind it."""

    __slots__ = ("_known", "_rests", "start")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._known: dict[tuple[str, int], int] = {}
        self._rests: list[tuple[str, int]] = [("", END), (ALPHABET, FREE)]
        self.start: Residues = _without_idle(self._of(pattern) for pattern in patterns)
        """What the patterns ask for at the beginning."""

    def follow(self, residues: Residues) -> Iterator[Residues]:
        """What is left after each character of ORDER."""
        rests: dict[str, list[int]] = defaultdict(list)
        for residue in residues:
            accepted, rest = self._rests[residue]
            rests[accepted].append(rest)
        for character in ORDER:
            yield _without_idle(
                rest for accepted, found in rests.items() if character in accepted for rest in found
            )

    def _of(self, pattern: Pattern) -> int:
        residue = END if not pattern.tail else FREE
        if pattern.tail == ".":
            residue = self._before(ALPHABET, residue)
        for accepted in reversed(pattern.symbols):
            residue = self._before(accepted, residue)
        return residue

    def _before(self, accepted: str, rest: int) -> int:
        if (accepted, rest) not in self._known:
            self._known[accepted, rest] = len(self._rests)
            self._rests.append((accepted, rest))
        return self._known[accepted, rest]


def matches(residues: Residues) -> bool:
    """Whether a pattern matches what has been read."""
    return END in residues or FREE in residues


def _without_idle(residues: Iterable[int]) -> Residues:
    found = frozenset(residues)
    return frozenset({FREE}) if FREE in found else found
