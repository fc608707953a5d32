"""What the node knows of the addresses it sends to: which of them are in trouble.

Two things say so. A request that found nobody, or a 503, speaks against an address for a bounded
time (RFC 3263 section 4.3, RFC 3261 section 21.5.4); and the probes of engine.sip.probe say
whether an address is down. Trouble only changes the order in which addresses are tried: none is
ever left out. Sans-IO; times are of the monotonic clock, in seconds.
"""

import re
from typing import Final

from engine.sip.flow import Flow
from engine.sip.wire import Response

PENALTY: Final = 30.0
"""After a timeout, a transport error, or a 503 that names no time."""
LONGEST_PENALTY: Final = 600.0
"""However long a Retry-After asks for: a mistake there must not idle a trunk for a day."""
MOST_PENALTIES: Final = 10_000

Address = tuple[str, str, int]
"""Transport, IP address, port: what stays the same when our own listeners change."""

_SECONDS: Final = re.compile(rb"[ \t]*([0-9]{1,9})")


class Health:
    """Troubled addresses."""

    def __init__(self) -> None:
        self._penalties: dict[Address, float] = {}
        self._down: set[Address] = set()

    @property
    def troubled(self) -> bool:
        """Whether there is any trouble at all: mostly not, and then nothing need be sorted."""
        return bool(self._penalties or self._down)

    def good(self, flow: Flow, now: float) -> bool:
        """Whether nothing speaks against an address."""
        address = address_key(flow)
        return address not in self._down and self._penalties.get(address, 0.0) <= now

    def down(self, flow: Flow) -> bool:
        """Whether probes say that nobody is there."""
        return address_key(flow) in self._down

    def avoided(self, flow: Flow, now: float) -> float:
        """Seconds for which an address is tried last after a failure; 0 when it is not."""
        return max(0.0, self._penalties.get(address_key(flow), 0.0) - now)

    def failed(
        self, flow: Flow, response: Response | None, now: float, penalty: float = PENALTY
    ) -> None:
        """A request found nobody there, or a 503: try the others first for a while."""
        for address in [each for each, until in self._penalties.items() if until <= now]:
            del self._penalties[address]
        if len(self._penalties) >= MOST_PENALTIES:
            del self._penalties[next(iter(self._penalties))]
        self._penalties[address_key(flow)] = now + _asked(response, penalty)

    def mark(self, flow: Flow, *, up: bool) -> None:
        """What a probe found. Up ends a penalty as well: somebody is there again."""
        address = address_key(flow)
        if up:
            self._down.discard(address)
            self._penalties.pop(address, None)
        else:
            self._down.add(address)

    def forget(self, flow: Flow) -> None:
        """Nobody probes that address any more."""
        self._down.discard(address_key(flow))


def address_key(flow: Flow) -> Address:
    """The far end of a flow."""
    return flow.listener.transport, flow.host, flow.port


def _asked(response: Response | None, otherwise: float) -> float:
    """Seconds that a 503 asks to be spared; bounded."""
    asked = None if response is None else response.value(b"retry-after")
    found = _SECONDS.match(asked) if asked else None
    return min(float(found[1]), LONGEST_PENALTY) if found else otherwise
