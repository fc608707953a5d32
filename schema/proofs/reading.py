"""Which rules decide about which numbers: a whole plan, read number by number but all at once.

The numbers of an atom match the same patterns, so the same rules come into question for them, in
the same order. Which of these decides depends on the hour alone: the first that is open. Numbers
that are somebody's inside are asked for before ordinary rules, and no business of those.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from schema.automata import Atom, Atoms, Dfa
from schema.dialplan.index import in_order
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.rows import RuleEntry
from schema.dialplan.table import RuleSet


@dataclass(frozen=True, slots=True)
class Chain:
    """The rules that come into question for some numbers, in the order in which they are asked."""

    emergency: tuple[RuleEntry, ...]
    """When there are any, no other rule is asked. They know no hours."""
    ordinary: tuple[RuleEntry, ...]
    """Up to the first that is always open; all but that one have a schedule."""


def chain_of(rules: RuleSet, patterns: int) -> Chain:
    """The rules for numbers that match just these patterns of `rules`."""
    emergency = [rules.rules[rules.owners[p]] for p in in_order(patterns & rules.emergency)]
    ordinary: dict[RuleEntry, None] = {}
    for pattern in in_order(patterns & ~rules.emergency):
        rule = rules.rules[rules.owners[pattern]]
        ordinary[rule] = None
        if rule.when is None:
            break
    return Chain(tuple(dict.fromkeys(emergency)), tuple(ordinary))


class Reading:
    """All numbers, as the rules of one table tell them apart.

    `taken`: the numbers of users and hunt groups, and whose they are. Raises TooComplexError, as
    Atoms does.
    """

    def __init__(self, rules: RuleSet, taken: Mapping[str, str]) -> None:
        self.rules = rules
        self._taken = taken
        self._atoms = Atoms(rules.patterns)

    def __iter__(self) -> Iterator[Atom]:
        return iter(self._atoms)

    def of(self, number: str) -> Atom:
        """The atom of a number. ValueError for what is no number."""
        return self._atoms.of(number)

    def chain(self, atom: Atom) -> Chain:
        """The rules for the numbers of an atom."""
        return chain_of(self.rules, atom.patterns)

    def matching(self, atom: Atom) -> Iterable[RuleEntry]:
        """All rules that match the numbers of an atom, in the tree's order."""
        owners = (self.rules.owners[pattern] for pattern in in_order(atom.patterns))
        return dict.fromkeys(self.rules.rules[owner] for owner in owners)

    def numbers(self, atom: Atom) -> Dfa:
        """The numbers of an atom; those that are somebody's among them."""
        return self._atoms.language(lambda patterns: patterns == atom.patterns)

    def nobodys(self, atom: Atom) -> str | None:
        """The first number of an atom that is nobody's inside; None when all are somebody's."""
        if atom.witness not in self._taken:
            return atom.witness
        total = atom.counts.total
        if total is not None and total <= len(self._owned[atom.patterns]):
            return None
        return first_free(self.numbers(atom), self._taken)

    def owner(self, number: str) -> str | None:
        """Whose number it is, inside."""
        return self._taken.get(number)

    def owned(self, atom: Atom) -> tuple[str, ...]:
        """The numbers of an atom that are somebody's inside."""
        return self._owned[atom.patterns]

    @cached_property
    def _owned(self) -> Mapping[int, tuple[str, ...]]:
        """Numbers that are somebody's, by the patterns that match them."""
        found: dict[int, list[str]] = defaultdict(list)
        matching = self.rules.index.matching
        for number in self._taken:
            found[matching(number)].append(number)
        owned: dict[int, tuple[str, ...]] = defaultdict(tuple)
        owned.update((patterns, tuple(numbers)) for patterns, numbers in found.items())
        return owned


def first_free(numbers: Dfa, taken: Collection[str]) -> str | None:
    """The first of `numbers` that is not `taken`, which is a set or a mapping."""
    return next((number for number in numbers.examples() if number not in taken), None)


@lru_cache(maxsize=4096)
def numbers_of(patterns: tuple[str, ...]) -> Dfa:
    """The numbers that some patterns match."""
    return Dfa.of_patterns([parse_pattern(text) for text in patterns])
