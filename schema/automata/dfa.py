"""Sets of numbers as finite automata: set algebra, emptiness, examples, exact counts.

A Dfa is the smallest automaton of its set, its states numbered breadth first by ORDER. There is
only one such automaton for each set, so `==` and `hash` are those of the sets.

    a | b   a & b   a - b   ~a   a == b   a <= b   number in a

Results that would have more than MOST_STATES states raise TooComplexError.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from schema.automata.alphabet import ORDER, PLACES
from schema.automata.bounds import MOST_STATES, TooComplexError
from schema.automata.residues import ResidueTable, matches
from schema.automata.smallest import Steps, backwards, smallest
from schema.automata.walks import Graph
from schema.dialplan.pattern import Pattern

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Dfa:
    """A set of strings over ALPHABET, possibly the empty one among them."""

    steps: tuple[tuple[int, ...], ...]
    """For each state where the characters of ORDER lead. The first state is the start."""
    accepting: frozenset[int]

    @classmethod
    def smallest(cls, steps: Steps, accepting: Collection[int]) -> "Dfa":
        """The set that this automaton accepts from its state 0 on."""
        return cls(*smallest(steps, accepting))

    @classmethod
    def explored(
        cls,
        start: State,
        follow: Callable[[State], Iterable[State]],
        accepts: Callable[[State], bool],
        limit: int = MOST_STATES,
    ) -> "Dfa":
        """The automaton of states of any kind; `follow` gives one for each character of ORDER."""
        known = {start: 0}
        states = [start]
        steps: list[list[int]] = []
        for state in states:
            steps.append([])
            for target in follow(state):
                if target not in known:
                    known[target] = len(states)
                    states.append(target)
                steps[-1].append(known[target])
            if len(states) > limit:
                raise TooComplexError(limit)
        return cls.smallest(steps, {place for place, s in enumerate(states) if accepts(s)})

    @classmethod
    def of_patterns(cls, patterns: Iterable[Pattern]) -> "Dfa":
        """The numbers that any of `patterns` matches."""
        table = ResidueTable(patterns)
        return cls.explored(table.start, table.follow, matches)

    @classmethod
    def of_literals(cls, literals: Iterable[str]) -> "Dfa":
        """Just these strings, which must be made of ALPHABET."""
        nothing = len(ORDER)
        steps: list[list[int]] = [[1] * nothing, [1] * nothing]
        ends = set()
        for literal in literals:
            state = 0
            for character in literal:
                place = PLACES[character]
                if steps[state][place] == 1:
                    steps[state][place] = len(steps)
                    steps.append([1] * nothing)
                state = steps[state][place]
            ends.add(state)
        return cls.smallest(steps, ends)

    @classmethod
    def nothing(cls) -> "Dfa":
        """The empty set."""
        return cls(((0,) * len(ORDER),), frozenset())

    @classmethod
    def made_of(cls, characters: str) -> "Dfa":
        """Every string of these characters, such as those that a plain phone can dial."""
        steps = tuple(0 if character in characters else 1 for character in ORDER)
        return cls.smallest([steps, (1,) * len(ORDER)], {0})

    @classmethod
    def numbers(cls) -> "Dfa":
        """Every string but the empty one."""
        return cls(((1,) * len(ORDER),) * 2, frozenset({1}))

    def __contains__(self, number: str) -> bool:
        return PLACES.keys() >= set(number) and self.after(number) in self.accepting

    def __or__(self, other: "Dfa") -> "Dfa":
        return self._combined(other, lambda a, b: a or b)

    def __and__(self, other: "Dfa") -> "Dfa":
        return self._combined(other, lambda a, b: a and b)

    def __sub__(self, other: "Dfa") -> "Dfa":
        return self._combined(other, lambda a, b: a and not b)

    def __invert__(self) -> "Dfa":
        return Dfa(self.steps, frozenset(range(len(self.steps))) - self.accepting)

    def __le__(self, other: "Dfa") -> bool:
        return (self - other).is_empty

    def __bool__(self) -> bool:
        return not self.is_empty

    def meets(self, other: "Dfa") -> bool:
        """Whether the two sets have a string in common; stops at the first that is found."""
        mine, theirs = self.dead, other.dead
        known = {(0, 0)}
        waiting = [(0, 0)]
        for one, two in waiting:
            if one in self.accepting and two in other.accepting:
                return True
            for pair in zip(self.steps[one], other.steps[two], strict=True):
                if pair not in known and pair[0] != mine and pair[1] != theirs:
                    known.add(pair)
                    waiting.append(pair)
        return False

    @property
    def is_empty(self) -> bool:
        """Whether it has no string at all."""
        return not self.accepting

    @property
    def dead(self) -> int | None:
        """The state from which nothing is accepted any more, if there is one."""
        return next((s for s in self._final() if s not in self.accepting), None)

    @property
    def free(self) -> int | None:
        """The state from which everything is accepted, if there is one."""
        return next((s for s in self._final() if s in self.accepting), None)

    @property
    def is_infinite(self) -> bool:
        """Whether there are strings of any length."""
        dead = self.dead
        alive = [state for state in range(len(self.steps)) if state != dead]
        stays = any(state in self.steps[state] for state in alive)
        return stays or backwards(self.steps, dict.fromkeys(alive)) is None

    def after(self, prefix: str, state: int = 0) -> int:
        """The state to which `prefix`, made of ALPHABET, leads from another."""
        for character in prefix:
            state = self.steps[state][PLACES[character]]
        return state

    def witness(self) -> str | None:
        """The shortest string, of several the first by ORDER; None for the empty set."""
        return next(self.examples(), None)

    def examples(self) -> Iterator[str]:
        """The strings, shorter ones first, then by ORDER; without end when they are infinite."""
        edges = [list(zip(ORDER, following, strict=True)) for following in self.steps]
        return map("".join, Graph(edges).walks(0, self.accepting))

    def counts(self, longest: int) -> list[int]:
        """How many strings of each length there are, up to that of `longest`."""
        dead = self.dead
        ways = {0: 1}
        counts = []
        for _ in range(longest + 1):
            counts.append(sum(many for state, many in ways.items() if state in self.accepting))
            following: dict[int, int] = {}
            for state, many in ways.items():
                for target in self.steps[state]:
                    if target != dead:
                        following[target] = following.get(target, 0) + many
            ways = following
        return counts

    def up_to(self, longest: int) -> int:
        """How many strings are not longer than that."""
        return sum(self.counts(longest))

    @property
    def total(self) -> int | None:
        """How many strings there are; None: infinitely many."""
        return None if self.is_infinite else self.up_to(len(self.steps))

    def _final(self) -> Iterator[int]:
        """The states that always lead to themselves: at most two."""
        return (s for s, following in enumerate(self.steps) if set(following) == {s})

    def _combined(self, other: "Dfa", accepts: Callable[[bool, bool], bool]) -> "Dfa":
        """The strings for which `accepts` says so of being in this set and in the other."""
        hopeless = None if accepts(False, True) else self.dead

        def follow(pair: tuple[int, int]) -> Iterator[tuple[int, int]]:
            for mine, theirs in zip(self.steps[pair[0]], other.steps[pair[1]], strict=True):
                yield (mine, 0) if mine == hopeless else (mine, theirs)

        def ends(pair: tuple[int, int]) -> bool:
            return accepts(pair[0] in self.accepting, pair[1] in other.accepting)

        return self.explored((0, 0), follow, ends)
