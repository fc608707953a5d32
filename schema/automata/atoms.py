"""Which numbers are all the same to a dial plan: the atoms of its patterns.

An atom is the set of all numbers that match exactly the same patterns, so that whatever holds for
one of its numbers, as far as patterns go, holds for all. There are few of them even where numbers
are without end, and a proof that walks all atoms has looked at every number there is.

Numbers that are told apart one by one (the extensions and DIDs of users, which are asked before
any rule) are literals: they make atoms of their own, beside those of all other numbers.
Numbers have at least one character: nobody dials nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from schema.automata.alphabet import ORDER, is_number, shortlex
from schema.automata.bounds import MOST_STATES
from schema.automata.combined import START, Combined
from schema.automata.counts import Counts
from schema.automata.dfa import Dfa
from schema.automata.walks import Graph
from schema.dialplan.pattern import Pattern


@dataclass(frozen=True, slots=True)
class Atom:
    """Numbers that match the same patterns and are all literals, or all none."""

    patterns: int
    """Those that match, bit i for the pattern i; 0: no pattern does."""
    literal: bool
    witness: str
    """The shortest of the numbers; of several the first, digits before `*`, `#` and `+`."""
    counts: Counts


class Atoms:
    """The partition of all numbers by `patterns`, and by `literals`.

    Iterates over atoms in the order of their witnesses. Literals that are no numbers (a user's
    name) are left out. Raises TooComplexError when the patterns overlap in more than `limit` ways.
    """

    def __init__(
        self, patterns: Sequence[Pattern], literals: Iterable[str] = (), limit: int = MOST_STATES
    ) -> None:
        self._combined = Combined(patterns, limit)
        self._literals = self._by_label(literals)
        longest = max((len(n) for found in self._literals.values() for n in found), default=0)
        counts = _counted(self._combined, max(self._combined.longest, longest + 1))
        self._atoms = {(atom.patterns, atom.literal): atom for atom in self._ordered(counts)}

    def __iter__(self) -> Iterator[Atom]:
        return iter(self._atoms.values())

    def __len__(self) -> int:
        return len(self._atoms)

    def of(self, number: str) -> Atom:
        """The atom of a number. ValueError for what is no number."""
        if not is_number(number):
            raise ValueError(f"{number!r} is not a number")
        label = self._combined.labels[self._combined.state(number)]
        return self._atoms[label, number in self._literals.get(label, ())]

    def language(self, wanted: Callable[[int], bool]) -> Dfa:
        """The numbers, literals among them, that match a set of patterns that is `wanted`."""
        labels = self._combined.labels
        chosen = {label for label in dict.fromkeys(labels) if wanted(label)}
        return Dfa.smallest(*_merged(self._combined, [label in chosen for label in labels])) & (
            Dfa.numbers()
        )

    def _by_label(self, literals: Iterable[str]) -> Mapping[int, Mapping[str, None]]:
        """Literals by what they match, each in shortlex order."""
        found: dict[int, dict[str, None]] = defaultdict(dict)
        labels, state = self._combined.labels, self._combined.state
        for number in sorted({n for n in literals if is_number(n)}, key=shortlex):
            found[labels[state(number)]][number] = None
        return found

    def _ordered(self, counts: Mapping[int, Sequence[int]]) -> list[Atom]:
        atoms = [self._of_literals(label, found) for label, found in self._literals.items()]
        firsts: dict[int, int] = {}
        for state in range(START + 1, len(self._combined.labels)):
            firsts.setdefault(self._combined.labels[state], state)
        for label, state in firsts.items():
            atom = self._of_others(label, counts[label], self._combined.first(state))
            atoms.extend([atom] if atom else [])
        return sorted(atoms, key=lambda atom: shortlex(atom.witness))

    def _of_literals(self, label: int, found: Mapping[str, None]) -> Atom:
        lengths = [0] * (max(map(len, found)) + 2)
        for number in found:
            lengths[len(number)] += 1
        return Atom(label, True, next(iter(found)), Counts(tuple(lengths)))

    def _of_others(self, label: int, counts: Sequence[int], first: str) -> Atom | None:
        """The atom of what matches `label` and is no literal; None when nothing is left."""
        taken = self._literals.get(label, {})
        left = list(counts)
        for number in taken:
            left[len(number)] -= 1
        if not any(left):
            return None
        witness = first if first not in taken else self._witness(label, left, taken)
        return Atom(label, False, witness, Counts(tuple(left)))

    def _witness(self, label: int, left: Sequence[int], taken: Mapping[str, None]) -> str:
        """The first number that matches `label` and is not taken; `left` are so many by length."""
        length = next(n for n, count in enumerate(left) if count)
        walks = self._graph.walks(START, self._ends[label], length)
        return next(number for number in map("".join, walks) if number not in taken)

    @cached_property
    def _graph(self) -> Graph:
        return Graph([list(zip(ORDER, steps, strict=True)) for steps in self._combined.steps])

    @cached_property
    def _ends(self) -> Mapping[int, Sequence[int]]:
        """For each set of patterns the states in which just these match."""
        ends: dict[int, list[int]] = defaultdict(list)
        for state, label in enumerate(self._combined.labels):
            ends[label].append(state)
        return ends


def _merged(
    combined: Combined, accepts: Sequence[bool]
) -> tuple[Sequence[Sequence[int]], Sequence[int]]:
    """An automaton with few states more than it takes, and those of them that accept.

    States are found in the order of their depth, so whatever follows a state stands behind it.
    """
    settled = [False, True]
    merged: dict[tuple[bool, tuple[int, ...]], int] = {}
    classes = [0] * len(accepts)
    for state in range(len(accepts) - 1, -1, -1):
        if combined.depths[state] is None:
            classes[state] = int(accepts[state])
    for state in range(len(accepts) - 1, -1, -1):
        if combined.depths[state] is not None:
            key = accepts[state], tuple([classes[target] for target in combined.steps[state]])
            classes[state] = merged.setdefault(key, len(merged) + len(settled))
    steps = [(place,) * len(ORDER) for place in range(len(settled))] + [key[1] for key in merged]
    ends = [1, *(place for place, key in enumerate(merged, len(settled)) if key[0])]
    return _beginning_with(classes[START], steps, ends)


def _beginning_with(
    start: int, steps: Sequence[tuple[int, ...]], ends: Sequence[int]
) -> tuple[Sequence[Sequence[int]], Sequence[int]]:
    """The same automaton with its start in the first place."""
    swapped = {start: 0, 0: start}
    places = [swapped.get(place, place) for place in range(len(steps))]
    return [[places[t] for t in steps[places[n]]] for n in range(len(steps))], [
        places[place] for place in ends
    ]


def _counted(combined: Combined, longest: int) -> Mapping[int, Sequence[int]]:
    """For each set of patterns: how many numbers of each length up to `longest` match just it."""
    ways = [0] * len(combined.labels)
    ways[START] = 1
    counts: dict[int, list[int]] = defaultdict(lambda: [0] * (longest + 1))
    arriving: dict[int, list[int]] = defaultdict(lambda: [0] * (longest + 1))
    for state, depth in enumerate(combined.depths):
        if depth is None:
            continue
        if depth:
            counts[combined.labels[state]][depth] += ways[state]
        for target in combined.steps[state]:
            if combined.depths[target] is None:
                arriving[target][depth + 1] += ways[state]
            else:
                ways[target] += ways[state]
    for state, arrivals in arriving.items():
        _add_settled(counts[combined.labels[state]], arrivals)
    return counts


def _add_settled(counts: list[int], arrivals: Sequence[int]) -> None:
    """Whoever has arrived in a settled state stays in it, with every further character."""
    staying = 0
    for length, arrived in enumerate(arrivals):
        staying = staying * len(ORDER) + arrived
        counts[length] += staying
