"""Targets at moments of a call become steps: who rings when, with whom, for how long.

Knows steps only, not why they are there. Standard library only.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from schema.dialplan.decision import Step


class Leg(NamedTuple):
    """Targets that stand in for each other, from `start` seconds after the call began."""

    start: float
    chain: tuple[Step, ...]


def in_time(legs: Sequence[Leg]) -> tuple[Step, ...]:
    """The steps in order. Legs of one moment ring in parallel, until the next moment comes."""
    if len(legs) == 1:
        return legs[0].chain
    moments = [(s, tuple(group)) for s, group in groupby(sorted(legs, key=_start), key=_start)]
    ends = [start for start, _ in moments[1:]] + [None]
    return tuple(
        step
        for (start, group), end in zip(moments, ends, strict=True)
        for step in _together(group, None if end is None else end - start)
    )


_start = attrgetter("start")


def _together(legs: Sequence[Leg], timeout: float | None) -> Iterator[Step]:
    """All that ring at once, and then the gateways that stand in for those among them."""
    for place, leg in enumerate(legs):
        yield leg.chain[0]._replace(timeout=timeout, parallel=place > 0)
    for leg in legs:
        yield from (step._replace(timeout=timeout) for step in leg.chain[1:])
