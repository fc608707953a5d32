"""What is told, and to whom: what all ways of telling have in common."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

_MOST_SHOWN = 200


class DeliveryError(Exception):
    """Nobody took the notice. `final`: trying again is of no use."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        self.reason = one_line(reason)[:_MOST_SHOWN]
        self.final = final
        super().__init__(self.reason)


class Notice(Protocol):
    """One thing that happened."""

    @property
    def id(self) -> str:
        """Of this notice: whoever gets it twice knows by it."""

    @property
    def domain(self) -> str:
        """The system that it happened in."""

    @property
    def time(self) -> float:
        """Epoch seconds of what happened."""

    @property
    def title(self) -> str:
        """What it is about, for the log: "emergency call of alice (placed)"."""

    @property
    def alarming(self) -> bool:
        """Whether people are told, and not programs only."""

    @property
    def urgent(self) -> bool:
        """Whether the mail says so."""

    @property
    def subject(self) -> str:
        """Of the mail."""

    @property
    def lines(self) -> Sequence[str]:
        """Of the mail."""

    def as_json(self) -> Mapping[str, Any]:
        """What webhooks get."""


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
