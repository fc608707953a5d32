"""Which rules of two route tables can make a difference between them.

A number that no touched rule matches, in either table, finds the same rules in the same order, and
each of them does the same: nothing has to be looked at. Knows rows of tables, no numbers.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from schema.dialplan.rows import GatewayEntry, RuleEntry
from schema.dialplan.table import RouteTable


def touched_rules(old: RouteTable, new: RouteTable, *, incoming: bool) -> frozenset[str]:
    """Names of the rules that differ, moved past others, or use something that differs."""
    before, after = (_asked(table, incoming) for table in (old, new))
    found = {name for name in {**before, **after} if before.get(name) != after.get(name)}
    found.update(_moved([n for n in before if n not in found], list(after)))
    found.update(_using_what_differs(old, new, chain(before.values(), after.values())))
    return frozenset(found)


def _asked(table: RouteTable, incoming: bool) -> dict[str, RuleEntry]:
    """Enabled rules for one direction, without their place in a file."""
    rules = (table.incoming if incoming else table.outgoing).rules
    return {rule.name: rule._replace(file="", line=0) for rule in rules if rule.enabled}


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The fewest names without which the rest stands in the same order (Schensted 1961)."""
    places = {name: place for place, name in enumerate(after)}
    ends: list[int] = []
    chosen: list[str] = []
    previous: dict[str, str | None] = {}
    for name in before:
        length = bisect_left(ends, places[name])
        ends[length : length + 1] = [places[name]]
        chosen[length : length + 1] = [name]
        previous[name] = chosen[length - 1] if length else None
    staying: set[str] = set()
    last = chosen[-1] if chosen else None
    while last is not None:
        staying.add(last)
        last = previous[last]
    return set(before) - staying


def _using_what_differs(
    old: RouteTable, new: RouteTable, rules: Iterable[RuleEntry]
) -> Iterator[str]:
    gateways = _differing(_ways(old), _ways(new))
    order = old.emergency_gateways != new.emergency_gateways
    schedules = _differing(old.schedules, new.schedules)
    zones = _zones(old) != _zones(new)
    numberings = _numberings(old) != _numberings(new)
    for rule in rules:
        if (
            (rule.emergency and (gateways or order))
            or not gateways.isdisjoint(rule.via)
            or (rule.when is not None and (zones or rule.when in schedules))
            or (rule.e164 and numberings)
        ):
            yield rule.name


def _ways(table: RouteTable) -> dict[str, Hashable]:
    return {id_: _way(gateway) for id_, gateway in table.gateways.items()}


def _way(gateway: GatewayEntry) -> Hashable:
    """What of a gateway decides whether, when and with which number calls leave by it."""
    return gateway.enabled, gateway.site, gateway.prefix, gateway.weight, gateway.emergency


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> set[str]:
    return {name for name in {**old, **new} if old.get(name) != new.get(name)}


def _zones(table: RouteTable) -> object:
    return table.timezone, {id_: site.timezone for id_, site in table.sites.items()}


def _numberings(table: RouteTable) -> object:
    return table.numbering, {id_: site.numbering for id_, site in table.sites.items()}
