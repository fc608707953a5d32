"""The ways to a gateway: which of its addresses a request tries, and in which order.

A gateway that is configured by name may be several servers (RFC 3263). What DNS said of them is
plain data here; how it was asked stands in engine.sip.resolve.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from random import Random
from typing import NamedTuple

from engine.sip.flow import Flow
from engine.sip.health import Health


class Server(NamedTuple):
    """One server of a gateway: an SRV record with its addresses, or the host itself."""

    transport: str
    port: int
    hosts: tuple[str, ...]
    """IP addresses without brackets, in the order of DNS."""
    priority: int = 0
    """Lower ones are tried first (RFC 2782)."""
    weight: int = 0
    """Share of the requests among servers of the same priority."""


class Choice(NamedTuple):
    """A server with the flows that lead to it."""

    server: Server
    flows: tuple[Flow, ...]


def in_order(
    choices: Sequence[Choice], health: Health, chance: Random, now: float
) -> tuple[Flow, ...]:
    """All flows of a gateway in the order to try them: drawn anew for each request.

    What is known to be in trouble comes last, but it comes: an emergency call tries everything.
    """
    if len(choices) == 1 and len(choices[0].flows) == 1:
        return choices[0].flows
    flows = [flow for choice in _drawn(choices, chance) for flow in choice.flows]
    if health.troubled:
        flows.sort(key=lambda flow: not health.good(flow, now))
    return tuple(flows)


def _drawn(choices: Iterable[Choice], chance: Random) -> list[Choice]:
    """RFC 2782: by priority; among equals each place is drawn in proportion to the weights."""
    order: list[Choice] = []
    by_priority: dict[int, list[Choice]] = {}
    for choice in choices:
        by_priority.setdefault(choice.server.priority, []).append(choice)
    for priority in sorted(by_priority):
        equals = sorted(by_priority[priority], key=attrgetter("server.weight"))
        while equals:
            order.append(equals.pop(_draw(equals, chance)))
    return order


def _draw(equals: Sequence[Choice], chance: Random) -> int:
    """Place of one. Weightless ones stand in front, for the smallest of all draws."""
    drawn = chance.randint(0, sum(choice.server.weight for choice in equals))
    reached = 0
    for place, choice in enumerate(equals):
        reached += choice.server.weight
        if reached >= drawn:
            return place
    return len(equals) - 1
