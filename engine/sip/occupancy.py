"""Who is on the phone, and how many calls gateways carry.

Counts that are kept along with the table of calls: nothing is counted that is not in the table, so
nothing can be counted for ever. Of users it is also known when their last call ended.
"""

from collections.abc import Container
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.sip.calls import Call


class Occupancy:
    """Told of each call by `engine.sip.calls`."""

    def __init__(self) -> None:
        self._placed: dict[str, int] = {}
        self._taken: dict[str, int] = {}
        self._carried: dict[str, int] = {}
        self._ended: dict[str, float] = {}

    def placed_by(self, user: str) -> int:
        """Active calls that a user began."""
        return self._placed.get(user, 0)

    def is_busy(self, user: str) -> bool:
        """Whether a user calls somebody, or has answered a call."""
        return user in self._placed or user in self._taken

    def ended_at(self, user: str) -> float:
        """When a user's last call ended, seconds since the epoch; 0 for none since the start."""
        return self._ended.get(user, 0.0)

    def carried_by(self, gateway: str) -> int:
        """Calls that ring or talk through a gateway, in either direction."""
        return self._carried.get(gateway, 0)

    def begin(self, call: "Call") -> None:
        """A call began."""
        if call.user:
            _more(self._placed, call.user)
        else:
            call.gateways = (call.caller,)
            _more(self._carried, call.caller)

    def carry(self, call: "Call", gateway: str) -> None:
        """A call takes a channel of a gateway."""
        call.gateways = (*call.gateways, gateway)
        _more(self._carried, gateway)

    def release(self, call: "Call", gateway: str) -> None:
        """A call leaves one of the channels that it took."""
        if gateway in call.gateways:
            place = call.gateways.index(gateway)
            call.gateways = call.gateways[:place] + call.gateways[place + 1 :]
            _less(self._carried, gateway)

    def take(self, user: str) -> None:
        """A user answered a call."""
        _more(self._taken, user)

    def forget(self, call: "Call", wall: float) -> None:
        """A call ended, or is not in the table any more."""
        if call.user:
            _less(self._placed, call.user)
            self._ended[call.user] = wall
        for gateway in call.gateways:
            _less(self._carried, gateway)
        user = call.legs[0].user if call.answered else ""
        if user:
            _less(self._taken, user)
            self._ended[user] = wall

    def keep(self, users: Container[str]) -> None:
        """Remember the calls of these users only: others are no more."""
        self._ended = {user: wall for user, wall in self._ended.items() if user in users}


def _more(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1  # half of what a Counter costs


def _less(counts: dict[str, int], name: str) -> None:
    left = counts[name] - 1
    if left:
        counts[name] = left
    else:
        del counts[name]
