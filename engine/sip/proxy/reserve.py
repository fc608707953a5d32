"""Contacts that a user prefers less: they wait while others ring (RFC 3261 section 16.6).

A contact's q says how much it is preferred. Those of a user's lower ones are rung when all higher
ones have failed, or after a share of the time that the step has; the higher ones ring on.
"""

from collections.abc import Callable, Sequence
from typing import Final

from engine.sip.proxy.branch import Target
from engine.sip.timer import Timer, TimerWheel

SHARE: Final = 15.0
"""Seconds for each rank where the step has no time of its own."""


class Reserve:
    """The waiting targets of one group of a fork."""

    def __init__(
        self,
        targets: Sequence[Target],
        wheel: TimerWheel,
        launch: Callable[[Target, float], None],
        timeout: float | None,
    ) -> None:
        """`timeout` is the time of the group, of which each rank gets its share."""
        self._waiting = list(targets)
        self._wheel = wheel
        self._launch = launch
        self._share = SHARE
        if timeout is not None:
            self._share = timeout / len({target.rank for target in targets})
        self._timer: Timer | None = None

    def begin(self, now: float) -> None:
        """Ring the preferred ones of each user."""
        self._next(now)

    def left(self, name: str, now: float) -> None:
        """All that rang for that user have failed: ring the next ones, if there are any."""
        self._ring(name, now)

    def expired(self, _event: str, now: float) -> None:
        """A share of the time is over."""
        self._timer = None
        self._next(now)

    def stop(self) -> None:
        """Nobody else is to ring."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _next(self, now: float) -> None:
        for name in dict.fromkeys(target.name for target in self._waiting):
            self._ring(name, now)
        if self._waiting:
            self._timer = self._wheel.schedule(now + self._share, self, "share")

    def _ring(self, name: str, now: float) -> None:
        ranks = [target.rank for target in self._waiting if target.name == name]
        if not ranks:
            return
        first = min(ranks)
        waiting, self._waiting = self._waiting, []
        for target in waiting:
            if target.name == name and target.rank == first:
                self._launch(target, now)
            else:
                self._waiting.append(target)
