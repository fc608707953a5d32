"""Events that strangers cause, told a few times a second: a flood must not become one of lines."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from engine.sip.events import SipEvent

A_SECOND: Final = 10
"""Events of each kind; how many were left out is counted."""


class Reports:
    """Passes events on to `sink`, at most A_SECOND of each kind in a second."""

    def __init__(self, sink: Callable[[SipEvent], None], counts: Counter[str]) -> None:
        self._sink = sink
        self._counts = counts
        self._second = 0
        self._told: Counter[type] = Counter()

    def tell(self, event: SipEvent, now: float) -> None:
        """An event that a stranger can cause at will."""
        if int(now) != self._second:
            self._second = int(now)
            self._told.clear()
        self._told[type(event)] += 1
        if self._told[type(event)] <= A_SECOND:
            self._sink(event)
        else:
            self._counts["events not reported"] += 1
