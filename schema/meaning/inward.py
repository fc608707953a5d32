"""Where calls from outside land: the old table beside the new one, gateway by gateway.

Numbers are read as the gateway sends them; what else they may mean where it stands (a number
without its country code) lands where that lands. Gateways that came or went have nothing to
compare, and one that is switched on or off is told as such.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from schema.automata.alphabet import shortlex
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.rows import GatewayEntry, RuleEntry
from schema.dialplan.table import RouteTable, RuleSet
from schema.meaning.behaviour import Case, landing
from schema.meaning.difference import Found, Raw
from schema.meaning.merging import Sides, merged, of_numbers, of_space
from schema.meaning.pair import Pair, Zones, zone_of
from schema.meaning.space import Space
from schema.meaning.touched import touched_rules

_E164: Final = parse_pattern("+!")


def inward(pair: Pair) -> list[Raw]:
    """All differences in where calls from outside land."""
    touched = touched_rules(pair.old, pair.new, incoming=True)
    return merged(
        raw
        for id_, gateway in pair.new.gateways.items()
        if (before := pair.old.gateways.get(id_)) is not None
        if before.enabled and gateway.enabled
        for raw in _Arrivals(pair, id_).differences(touched)
    )


class _Arrivals:
    """Calls that come in by one gateway."""

    def __init__(self, pair: Pair, id_: str) -> None:
        self._pair, self._id = pair, id_
        self._old, self._new = pair.old.gateways[id_], pair.new.gateways[id_]
        self._rules = _rules_for(pair.old, id_), _rules_for(pair.new, id_)

    def differences(self, touched: frozenset[str]) -> Iterator[Raw]:
        """By the rules and what the gateway falls back to; then of numbers that are somebody's."""
        old, new = self._pair.old, self._pair.new
        sides = Sides(
            frozenset({self._id}),
            old.numbering_of(self._old.site),
            new.numbering_of(self._new.site),
            inbound=True,
        )
        space = self._space(touched)
        numbers = {number for number in self._pair.reowned if number.startswith("+")}
        if space is not None:
            found = (each for labels, case in space.cases for each in self._found(case, labels))
            yield from of_space(sides, space, found)
            numbers |= space.owned_by_rules
        cases = {n: self._pair.case(n, *self._rules) for n in sorted(numbers, key=shortlex)}
        yield from of_numbers(sides, {n: tuple(self._found(case)) for n, case in cases.items()})

    def _space(self, touched: frozenset[str]) -> Space | None:
        names = {rule.name for rules in self._rules for rule in rules.rules}
        steady = self._pair.steady(self._old.site, self._new.site)
        hours = {
            r.name for rules in self._rules for r in rules.rules if r.when not in {None, *steady}
        }
        concerned = (touched & names) | hours
        also = [_E164] if self._old.fallback != self._new.fallback else []
        if not concerned and not also:
            return None
        pair = self._pair
        return Space(*self._rules, concerned, pair.owned, pair.numberings, steady, also)

    def _found(self, case: Case, labels: frozenset[int] = frozenset()) -> Iterator[Found]:
        old, new = self._pair.old, self._pair.new
        clocks = self._pair.clocks(
            _zones(old, self._old, case.old_rules), _zones(new, self._new, case.new_rules)
        )
        return self._pair.found(
            labels,
            clocks,
            lambda open_: landing(
                old, self._old, case.old_rules, case.witness, case.old_owner, open_
            ),
            lambda open_: landing(
                new, self._new, case.new_rules, case.witness, case.new_owner, open_
            ),
        )


def _rules_for(table: RouteTable, gateway: str) -> RuleSet:
    rules = table.incoming.rules
    return RuleSet(rule for rule in rules if gateway in rule.sources and not rule.emergency)


def _zones(table: RouteTable, gateway: GatewayEntry, rules: Sequence[RuleEntry]) -> Zones:
    named = tuple(rule.when for rule in rules if rule.when is not None)
    return Zones(named, zone_of(table, gateway.site))
