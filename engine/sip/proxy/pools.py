"""Whose turn it is in a hunt group.

Known in memory only: after a start a group begins with its first member. The turns of a group go on
through a new configuration.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.sip.calls import Calls, Key
from schema.dialplan.decision import Step


class _Turn(NamedTuple):
    """Who rang first last time, and at which place of the members."""

    member: str
    place: int


class Pools:
    """Puts the members of hunt groups in the order in which they ring."""

    def __init__(self, calls: Calls, reachable: Callable[[str], bool]) -> None:
        """`reachable`: whether a user has any phone."""
        self._calls = calls
        self._reachable = reachable
        self._turns: dict[str, _Turn] = {}
        self._ringing: dict[str, dict[Key, str]] = {}
        """Of pools of the longest idle: their calls, and whom each was given to first."""

    def in_turn(self, steps: Sequence[Step], key: Key) -> list[Step]:
        """The steps with other members in the places of each pool: times belong to the place."""
        arranged = list(steps)
        places: dict[str, list[int]] = {}
        for place, step in enumerate(steps):
            if step.pool and step.strategy:
                places.setdefault(step.pool, []).append(place)
        for taken in places.values():
            members = self._members([steps[place] for place in taken], key)
            for place, member in zip(taken, members, strict=True):
                arranged[place] = steps[place]._replace(
                    kind=member.kind, target=member.target, number=member.number
                )
        return arranged

    def _members(self, members: list[Step], key: Key) -> list[Step]:
        if members[0].strategy == "round_robin":
            return self._round_robin(members)
        return self._longest_idle(members, key)

    def _round_robin(self, members: list[Step]) -> list[Step]:
        """From the one after who rang first last time on. Who is gone has left their place to the
        next one; who has no phone does not ring, so is not whom the next call starts after."""
        pool, names = members[0].pool, [step.target for step in members]
        last = self._turns.get(pool)
        start = 0
        if last is not None:
            start = names.index(last.member) + 1 if last.member in names else last.place
        start %= len(members)
        order = members[start:] + members[:start]
        first = next((step.target for step in order if self._reachable(step.target)), names[start])
        self._turns[pool] = _Turn(first, names.index(first))
        return order

    def _longest_idle(self, members: list[Step], key: Key) -> list[Step]:
        """Who is on the phone comes last, before them who rings already for another call."""
        pool, occupancy = members[0].pool, self._calls.occupancy
        ringing = self._ringing_in(pool)
        order = sorted(
            members,
            key=lambda step: (
                occupancy.is_busy(step.target),
                step.target in ringing,
                occupancy.ended_at(step.target),
            ),
        )
        first = next((step for step in order if self._reachable(step.target)), order[0])
        self._ringing[pool][key] = first.target
        return order

    def _ringing_in(self, pool: str) -> set[str]:
        """Who rings for the pool's other calls; forgets those that do not ring any more."""
        known = self._ringing.get(pool, {})
        going: dict[Key, str] = {}
        ringing: set[str] = set()
        for key, first in known.items():
            call = self._calls.get(key)
            if call is not None and not call.answered:
                going[key] = first
                ringing.update([leg.user for leg in call.legs] or [first])
        self._ringing[pool] = going
        return ringing
