"""Which numbers a rule decides about at which moments: what it matches, without what is taken
before it comes to its turn.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, reduce
from operator import and_
from typing import NamedTuple

from schema.automata import Dfa
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.rows import RuleEntry
from schema.proofs.hours import Hours
from schema.proofs.reading import Reading, first_free, numbers_of


class Witness(NamedTuple):
    """The first of the numbers that a rule decides about, and a moment at which it does."""

    number: str
    at: datetime
    among: Dfa
    """The numbers of which it is the first; perhaps others that are decided about at no moment."""


class Deciding:
    """What the rules of a plan decide about. `taken` are the numbers of users and hunt groups."""

    def __init__(self, reading: Reading, hours: Hours, taken: Collection[str]) -> None:
        self._reading = reading
        self._hours = hours
        self._taken = taken

    def first(self, rule: RuleEntry, zone: str, wanted: Dfa) -> Witness | None:
        """The first of the numbers that are `wanted` about which a rule decides at some moment for
        people in a time zone."""
        numbers = wanted & numbers_of(rule.patterns)
        if numbers:
            numbers -= self._always_taken(rule)
        own = [(rule.when, zone)] if rule.when else []
        while (number := first_free(numbers, self._taken)) is not None:
            earlier = self._before(rule, number)
            at = self._hours.when(own, [(other.when, zone) for other in earlier if other.when])
            if at is not None:
                return Witness(number, at, numbers)
            # One of these is open whenever the rule is: so it is for all numbers that they share.
            numbers -= reduce(
                and_, [numbers_of(other.patterns) for other in earlier], Dfa.numbers()
            )
        return None

    def _always_taken(self, rule: RuleEntry) -> Dfa:
        """What rules before it take at every moment."""
        always = (each for each in self._earlier[rule] if each.emergency or each.when is None)
        patterns = dict.fromkeys(text for each in always for text in each.patterns)
        return Dfa.of_patterns(map(parse_pattern, patterns))

    def _before(self, rule: RuleEntry, number: str) -> Sequence[RuleEntry]:
        """The rules that are asked about a number before another, if that is asked at all."""
        ordinary = self._reading.chain(self._reading.of(number)).ordinary
        return ordinary[: ordinary.index(rule)]

    def while_open(self, rule: RuleEntry, open_: Collection[str], wanted: Dfa) -> Dfa:
        """Of the numbers that are `wanted`, those that a rule decides about while just some
        schedules are open."""
        if rule.when is not None and rule.when not in open_:
            return Dfa.nothing()
        numbers = wanted & numbers_of(rule.patterns)
        for other in self._earlier[rule] if numbers else ():
            if other.emergency or other.when is None or other.when in open_:
                numbers -= numbers_of(other.patterns)
        return numbers

    def schedules(self, rules: Iterable[RuleEntry]) -> tuple[str, ...]:
        """The schedules on which it depends what these rules decide about."""
        asked = (each for rule in rules for each in (rule, *self._earlier[rule]))
        return tuple({each.when: None for each in asked if each.when and not each.emergency})

    @cached_property
    def _earlier(self) -> Mapping[RuleEntry, Sequence[RuleEntry]]:
        """For each rule those that are asked before it about some of its numbers."""
        found: dict[RuleEntry, dict[RuleEntry, None]] = defaultdict(dict)
        for atom in self._reading:
            chain = self._reading.chain(atom)
            first = dict.fromkeys(chain.emergency)
            for rule in self._reading.matching(atom):
                if not rule.emergency:
                    found[rule] |= first
                    if rule in chain.ordinary:  # behind the last one, nothing is left to be taken
                        first |= {rule: None}
        return defaultdict(tuple, {rule: tuple(others) for rule, others in found.items()})
