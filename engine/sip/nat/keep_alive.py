"""Requests to phones behind NAT, so that their router remembers them until somebody calls.

A NAT forgets a UDP mapping after as little as 30 seconds. Only what comes from inside is sure to
refresh it (RFC 4787 section 4.3), so the phone is asked something that it answers: OPTIONS. Nothing
depends on the answer, so there is no transaction: it is neither waited for nor sent again.

Bindings are dealt out to slots by their hash, and each PACE one slot gets its turn: ten thousand
phones are ten thousand datagrams spread over the interval, not a burst. Whether a binding still
wants it is looked up at its turn, so those that end cost nothing.
"""

from typing import Final, Protocol

from engine.sip.location import Binding, Location
from engine.sip.probe import options_request
from engine.sip.proxy.domain import Domain
from engine.sip.randomness import random_hex
from engine.sip.timer import TimerWheel
from engine.sip.transaction import COOKIE, TransactionLayer

PACE: Final = 0.1
"""Seconds from slot to slot."""
MARK: Final = COOKIE + b"alive-"
"""How the branches of keep-alives begin."""


class Waking(Protocol):
    """What keep-alives need of the node they run in."""

    wheel: TimerWheel
    location: Location
    transactions: TransactionLayer

    def now(self) -> float:
        """Seconds of the monotonic clock."""


class KeepAlives:
    """Asks each UDP binding behind NAT once an interval."""

    def __init__(self, node: Waking) -> None:
        self._node = node
        self._domain: Domain | None = None
        self._interval: float | None = None
        self._slots: list[dict[tuple[str, str], None]] = []
        self._kept = 0
        self._at = 0
        self._next = 0.0
        self._running = False

    def __len__(self) -> int:
        """Bindings that are kept, and some that have ended a moment ago."""
        return self._kept

    def follow(self, domain: Domain, interval: float | None) -> None:
        """Keep alive under this configuration; None: not at all."""
        self._domain = domain
        if interval == self._interval:
            return
        self._interval = interval
        count = 0 if interval is None else max(round(interval / PACE), 1)
        self._slots = [{} for _ in range(count)]
        self._kept = self._at = 0
        for binding in self._node.location.all():
            if binding.behind_nat:
                self.add(binding)

    def add(self, binding: Binding) -> None:
        """A binding behind NAT was made or refreshed."""
        if not self._slots or binding.flow.reliable:
            return
        key = binding.user, binding.key
        slot = self._slots[hash(key) % len(self._slots)]
        if key in slot:
            return
        slot[key] = None
        self._kept += 1
        if not self._running:
            self._running = True
            self._next = self._node.now()
            self._await_turn()

    def _await_turn(self) -> None:
        """By the clock, not by when the last turn was served: intervals must not grow."""
        self._next = max(self._next + PACE, self._node.now())
        self._node.wheel.schedule(self._next, self, "turn")

    def expired(self, _event: str, _now: float) -> None:
        """The next slot's turn."""
        self._running = self._kept > 0
        if not self._running:
            return
        self._at = (self._at + 1) % len(self._slots)
        slot = self._slots[self._at]
        for key in list(slot):
            binding = self._node.location.binding(*key)
            if binding is not None and binding.behind_nat and not binding.flow.reliable:
                self._ask(binding)
            else:
                del slot[key]
                self._kept -= 1
        self._await_turn()

    def _ask(self, binding: Binding) -> None:
        assert self._domain is not None  # noqa: S101  there are no slots without `follow`
        flow = self._domain.current(binding.flow)
        uri = binding.contact.partition("?")[0].encode("utf-8", "surrogateescape")
        message = options_request(self._domain, flow, uri, MARK + random_hex())
        self._node.transactions.output.append((flow, message, None))
