"""What becomes of the numbers that users dial: the old table beside the new one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from schema.automata.alphabet import shortlex
from schema.dialplan.rows import RuleEntry, UserEntry
from schema.dialplan.table import RouteTable
from schema.meaning.behaviour import Case, behaviour
from schema.meaning.difference import Found, Raw
from schema.meaning.merging import Sides, merged, of_numbers, of_space
from schema.meaning.pair import Pair, Zones, zone_of
from schema.meaning.people import People, people
from schema.meaning.space import Space
from schema.meaning.touched import touched_rules


def outward(pair: Pair) -> list[Raw]:
    """All differences in what users reach by the numbers that they dial."""
    callers = Callers(pair)
    return merged(raw for group in people(pair.old, pair.new) for raw in callers.differences(group))


class Callers:
    """What users who are the same as callers notice."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._spaces: dict[tuple[frozenset[str], frozenset[str]], Space] = {}
        self._cases: dict[str, Case] = {}

    def differences(self, group: People) -> Iterator[Raw]:
        """By the rules; then of numbers that are somebody's, before or now."""
        sides = Sides(
            group.members,
            self._pair.old.numbering_of(group.old.site),
            self._pair.new.numbering_of(group.new.site),
        )
        space = self._space(group)
        if space is not None:
            found = (f for labels, case in space.cases for f in self._found(group, case, labels))
            yield from of_space(sides, space, found)
        numbers: dict[str, tuple[Found, ...]] = {}
        for case, alike in self._somebodys(group, space):
            found_ = tuple(self._found(group, case))
            numbers.update((number, found_) for number in alike)
        yield from of_numbers(sides, numbers)

    @cached_property
    def _touched(self) -> frozenset[str]:
        return touched_rules(self._pair.old, self._pair.new, incoming=False)

    def _space(self, group: People) -> Space | None:
        """The numbers in which some users may notice a difference by the rules."""
        names = self._touched | self._touched_for(group)
        if not names:
            return None
        pair = self._pair
        steady = pair.steady(group.old.site, group.new.site)
        if (names, steady) not in self._spaces:
            self._spaces[names, steady] = Space(
                pair.old.outgoing, pair.new.outgoing, names, pair.owned, pair.numberings, steady
            )
        return self._spaces[names, steady]

    def _touched_for(self, group: People) -> frozenset[str]:
        if group.old is group.new:
            return frozenset()
        rules = (*self._pair.old.outgoing.rules, *self._pair.new.outgoing.rules)
        if group.moved:
            return frozenset(rule.name for rule in rules)
        words = group.old.permissions ^ group.new.permissions
        return frozenset(rule.name for rule in rules if not words.isdisjoint(rule.permissions))

    def _somebodys(self, group: People, space: Space | None) -> Iterator[tuple[Case, list[str]]]:
        """Numbers that are somebody's and may do something else for some users, by their cases."""
        numbers = set(self._pair.reowned)
        if space is not None:
            numbers |= space.owned_in_emergencies
        found: dict[Case, list[str]] = defaultdict(list)
        for number in sorted(numbers, key=shortlex):
            found[self._case(number)].append(number)
        yield from found.items()
        rest = self._pair.owned - numbers if group.old.enabled != group.new.enabled else ()
        if rest:
            yield Case((), (), "", ("user", ""), ("user", "")), sorted(rest, key=shortlex)

    def _case(self, number: str) -> Case:
        if number not in self._cases:
            pair = self._pair
            self._cases[number] = pair.case(number, pair.old.outgoing, pair.new.outgoing)
        return self._cases[number]

    def _found(
        self, group: People, case: Case, labels: frozenset[int] = frozenset()
    ) -> Iterator[Found]:
        old, new = self._pair.old, self._pair.new
        clocks = self._pair.clocks(
            _zones(old, group.old, case.old_rules), _zones(new, group.new, case.new_rules)
        )
        return self._pair.found(
            labels,
            clocks,
            lambda open_: behaviour(
                old, group.old, case.old_rules, case.witness, case.old_owner, open_
            ),
            lambda open_: behaviour(
                new, group.new, case.new_rules, case.witness, case.new_owner, open_
            ),
        )


def _zones(table: RouteTable, caller: UserEntry, rules: Sequence[RuleEntry]) -> Zones:
    """Schedules of rules up to the one that always decides."""
    found = []
    for rule in rules:
        if rule.when is None and not rule.emergency:
            break
        if rule.when is not None and not rule.emergency:
            found.append(rule.when)
    return Zones(tuple(found), zone_of(table, caller.site))
