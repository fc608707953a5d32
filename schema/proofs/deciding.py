"""Which numbers a rule decides about at which moments: what it matches, without what is taken
before it comes to its turn.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from schema.automata import Dfa
from schema.dialplan.rows import RuleEntry
from schema.proofs.hours import Hours
from schema.proofs.reading import Reading, numbers_of


class Share(NamedTuple):
    """What a rule decides about while the schedules stand as they do at a moment.

    Numbers that are somebody's inside are still among the `numbers`.
    """

    at: datetime
    numbers: Dfa


class Deciding:
    """The shares of a plan's rules."""

    def __init__(self, reading: Reading, hours: Hours) -> None:
        self._reading = reading
        self._hours = hours

    def shares(self, rule: RuleEntry, zone: str, wanted: Dfa) -> Iterator[Share]:
        """Of the numbers that are `wanted`, those that a rule decides about for people in a time
        zone: for each joint state of the schedules that matter in which it is open."""
        numbers = wanted & numbers_of(rule.patterns)
        earlier = self._earlier[rule] if numbers else ()
        for other in earlier:
            if other.emergency or other.when is None:
                numbers -= numbers_of(other.patterns)
        at_times = [other for other in earlier if other.when and not other.emergency]
        if numbers:
            yield from self._at_times(rule, zone, numbers, at_times)

    def _at_times(
        self, rule: RuleEntry, zone: str, numbers: Dfa, others: Sequence[RuleEntry]
    ) -> Iterator[Share]:
        schedules = [(other.when, zone) for other in others if other.when]
        own = [(rule.when, zone)] if rule.when else []
        for open_, at in self._hours.states(schedules, own):
            left = numbers
            for other in others:
                if (other.when, zone) in open_:
                    left -= numbers_of(other.patterns)
            if left:
                yield Share(at, left)

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
