"""One timing wheel for every timer of the engine. Sans-IO: the caller says what time it is.

A slot is a list in a dictionary by tick, so setting a timer is one append, cancelling is one
assignment, and an idle wheel holds nothing. Timers are never early and at most TICK late.
"""

from typing import Final, Protocol

TICK: Final = 0.02
"""Seconds. A 25th of T1, the shortest interval there is."""


class TimerOwner(Protocol):
    """Whoever sets a timer."""

    def expired(self, event: str, now: float) -> None:
        """The timer set under that name is due."""


class Timer:
    """A timer that is set. Keeps its owner alive until it is due or cancelled."""

    __slots__ = ("event", "owner")

    def __init__(self, owner: TimerOwner, event: str) -> None:
        self.owner: TimerOwner | None = owner
        self.event = event

    def cancel(self) -> None:
        """It will not fire. Harmless when it already has."""
        self.owner = None


class TimerWheel:
    """Timers by tick. `now` is a monotonic clock in seconds."""

    __slots__ = ("_slots", "_tick")

    def __init__(self, now: float) -> None:
        self._slots: dict[int, list[Timer]] = {}
        self._tick = int(now / TICK)

    def __len__(self) -> int:
        """Timers in the wheel, cancelled ones included until their tick has passed."""
        return sum(len(slot) for slot in self._slots.values())

    def __bool__(self) -> bool:
        """Whether `advance` has anything to wait for."""
        return bool(self._slots)

    def schedule(self, at: float, owner: TimerOwner, event: str) -> Timer:
        """Call `owner.expired(event)` once `at` has come."""
        timer = Timer(owner, event)
        tick = int(at / TICK) + 1
        if tick <= self._tick:
            tick = self._tick + 1
        slot = self._slots.get(tick)
        if slot is None:
            self._slots[tick] = [timer]
        else:
            slot.append(timer)
        return timer

    def advance(self, now: float) -> None:
        """Fire all that is due, in order of ticks. Timers set meanwhile wait for the next call."""
        last = int(now / TICK)
        for tick in self._due(last):
            self._tick = tick
            timers = iter(self._slots.pop(tick, ()))
            try:
                for timer in timers:
                    if timer.owner is not None:
                        timer.owner.expired(timer.event, now)
            finally:  # one that raises must not take with it what was due with it
                if left := [*timers]:
                    self._slots[tick + 1] = left + self._slots.get(tick + 1, [])
        self._tick = max(self._tick, last)

    def _due(self, last: int) -> list[int]:
        """Occupied ticks up to `last`: by counting, or by looking at all after a long sleep."""
        slots = self._slots
        if last - self._tick < len(slots):
            return [tick for tick in range(self._tick + 1, last + 1) if tick in slots]
        return sorted(tick for tick in slots if tick <= last)
