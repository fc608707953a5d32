"""The route table with the clock in it, and recent decisions remembered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain

from schema.dialplan.decision import Caller, Decision
from schema.dialplan.index import PatternIndex
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.route import route
from schema.dialplan.rows import GatewayEntry, Inward, UserEntry
from schema.dialplan.table import RouteTable

DECISIONS = 4096
"""Decisions remembered of a dial plan that does not depend on the time."""


def decider(table: RouteTable) -> Callable[[Caller, str], Decision]:
    """What the SIP engine asks.

    Without schedules the clock decides nothing, and recent decisions are remembered: of callers
    from outside one for all whom the plan treats alike, since each has another number.
    """

    def decide(caller: Caller, number: str) -> Decision:
        return route(table, caller, number, datetime.now(UTC))

    if table.schedules:
        return decide
    remembered, callers = lru_cache(DECISIONS)(decide), OutsideCallers(table)

    def recall(caller: Caller, number: str) -> Decision:
        return remembered(caller if caller.number is None else callers.essence(caller), number)

    return recall


class OutsideCallers:
    """Whose number makes a difference: that of who is blocked somewhere, or has none to show."""

    def __init__(self, table: RouteTable) -> None:
        self._table = table
        doors: list[Inward | GatewayEntry | UserEntry] = [table.inward]
        doors += [*table.gateways.values(), *table.users.values()]
        self._anonymous_differ = not all(door.anonymous for door in doors)
        blocks = dict.fromkeys(chain.from_iterable(door.block for door in doors))
        self._blocked = PatternIndex([parse_pattern(text) for text in blocks])

    def essence(self, caller: Caller) -> Caller:
        """The caller without a number, where that changes no decision."""
        number = caller.number
        if self._is_blocked(caller.id, number) if number else self._anonymous_differ:
            return caller
        return replace(caller, number=None)

    def _is_blocked(self, id_: str, number: str) -> bool:
        if self._blocked.matching(number):
            return True
        gateway = self._table.gateways.get(id_)
        numbering = self._table.numbering_of(None if gateway is None else gateway.site)
        return any(map(self._blocked.matching, numbering.spellings(number)))
