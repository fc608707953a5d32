"""All patterns of a plan as one automaton whose states know which of them match.

A state is the set of the patterns still alive after so many characters. Two such states of one
depth always differ in what they say of some number, so there is nothing to be merged; states in
which nothing is left to decide are one for all depths. States are numbered as they are found,
breadth first by ORDER, so a state's number also says whose first number comes first.
"""

from collections.abc import Sequence

from schema.automata.alphabet import ORDER, PLACES
from schema.automata.bounds import MOST_STATES, TooComplexError
from schema.automata.positions import Positions
from schema.dialplan.pattern import Pattern

START = 0


class Combined:
    """The automaton of `patterns`. Raises TooComplexError beyond `limit` states."""

    __slots__ = ("_limit", "_parents", "_positions", "_settled", "depths", "labels", "steps")

    def __init__(self, patterns: Sequence[Pattern], limit: int = MOST_STATES) -> None:
        self.labels: list[int] = []
        """For each state the patterns that match there."""
        self.steps: list[tuple[int, ...]] = []
        """For each state where the characters of ORDER lead."""
        self.depths: list[int | None] = []
        """For each state its depth; None where nothing is left to decide."""
        self._parents: list[tuple[int, int]] = []
        self._settled: dict[int, int] = {}
        self._limit = limit
        self._positions = Positions(patterns)
        self._explore()

    @property
    def longest(self) -> int:
        """Numbers of this length and longer ones are all in states without a depth."""
        return self._positions.longest + 1

    def state(self, number: str) -> int:
        """Where `number` leads, which must be made of ALPHABET."""
        state = START
        for character in number:
            state = self.steps[state][PLACES[character]]
        return state

    def first(self, state: int) -> str:
        """The first number, as shortlex sorts them, that leads to `state`."""
        characters: list[str] = []
        while state != START:
            state, place = self._parents[state]
            characters.append(ORDER[place])
        return "".join(reversed(characters))

    def _explore(self) -> None:
        everything = self._positions.everything
        start = self._add(self._positions.matching(0, everything), 0, (START, 0))
        layer = {everything: start}
        for depth in range(self._positions.longest + 1):
            layer = self._following(layer, depth)

    def _following(self, layer: dict[int, int], depth: int) -> dict[int, int]:
        """The undecided states one character after those of `layer`: alive → state."""
        following: dict[int, int] = {}
        choices = self._positions.choices(depth)
        for alive, state in layer.items():
            targets = [START] * len(ORDER)
            for accepting, places in choices:
                target = self._target(alive & accepting, depth + 1, following, (state, places[0]))
                for place in places:
                    targets[place] = target
            self.steps[state] = tuple(targets)
        return following

    def _target(
        self, alive: int, depth: int, layer: dict[int, int], parent: tuple[int, int]
    ) -> int:
        """The state of a living set at a depth, found before or new."""
        if alive in layer:
            return layer[alive]
        if not self._positions.is_settled(depth, alive):
            state = self._add(self._positions.matching(depth, alive), depth, parent)
            layer[alive] = state
            return state
        if alive not in self._settled:
            state = self._add(alive, None, parent)
            self.steps[state] = (state,) * len(ORDER)
            self._settled[alive] = state
        return self._settled[alive]

    def _add(self, label: int, depth: int | None, parent: tuple[int, int]) -> int:
        state = len(self.labels)
        if state >= self._limit:
            raise TooComplexError(self._limit)
        self.labels.append(label)
        self.depths.append(depth)
        self.steps.append(())
        self._parents.append(parent)
        return state
