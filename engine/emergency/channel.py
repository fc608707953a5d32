"""Ways to tell of an emergency call: what they have in common."""

from collections.abc import Callable
from typing import Protocol

from engine.emergency.notice import Notice

_MOST_SHOWN = 200


class DeliveryError(Exception):
    """Nobody took the notice. `final`: trying again is of no use."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        self.reason = one_line(reason)[:_MOST_SHOWN]
        self.final = final
        super().__init__(self.reason)


class Channel(Protocol):
    """Somebody who is told."""

    @property
    def name(self) -> str:
        """For the log and the status. Holds no secret."""

    def wants(self, notice: Notice) -> bool:
        """Whether they are told of this."""

    async def send(self, notice: Notice) -> str:
        """Tell them. What was wrong although they were told; raises DeliveryError."""


def one_line(text: str) -> str:
    """Text without what ends a header, forges a line or moves a cursor."""
    return "".join(one if one.isprintable() else " " for one in text)


Key = Callable[[], bytes]
"""Reads a secret at use. Blocks. Raises DeliveryError."""
