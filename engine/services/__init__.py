"""Apply: one service per kind of thing that runs. Each swaps at once, or leaves the old running.

`apply_all` is the transaction: when one service cannot take the new state, those before it go
back to the old one, and the caller learns why.
"""

from collections.abc import Sequence
from typing import Protocol

from engine.desired import Desired


class ApplyError(Exception):
    """A service could not take the new state; the text says why and what to change."""


class Service(Protocol):
    """Runs one part of `Desired` on this node."""

    async def apply(self, desired: Desired) -> None:
        """Run `desired` from now on. Raises ApplyError with the previous state still running."""

    async def stop(self) -> None:
        """Run nothing. Must not fail, and may be called when nothing runs."""


async def apply_all(services: Sequence[Service], new: Desired, old: Desired | None) -> None:
    """Bring all services to `new`, or all back to `old` (None: stopped) and raise ApplyError."""
    for position, service in enumerate(services):
        try:
            await service.apply(new)
        except ApplyError:
            for earlier in reversed(services[:position]):
                await (earlier.stop() if old is None else earlier.apply(old))
            raise
