"""The calls that the proxy knows of, from the INVITE and BYE that pass through it.

For the status and the log. Nothing is decided from it: dialogs prove themselves with their route
token, so an empty table after a restart costs nobody a call.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from engine.sip.events import CallAnswered, CallEnded, SipEvent

MAX_CALLS: Final = 50_000
"""Beyond it the oldest is forgotten: an end that dies without BYE leaves its call here."""


@dataclass(slots=True)
class Call:
    """One call. Times are seconds since the epoch; `answered` is 0 while it rings."""

    call_id: str
    caller: str
    """User id or gateway id."""
    number: str
    target: str
    """User id or gateway id that answered; the first one tried until then."""
    started: float
    answered: float = 0.0
    state: str = field(default="ringing")
    """"ringing" or "answered"."""


class Calls:
    """Active calls by Call-ID and the caller's tag."""

    def __init__(self, sink: Callable[[SipEvent], None]) -> None:
        self._calls: dict[tuple[bytes, bytes], Call] = {}
        self._sink = sink

    def __len__(self) -> int:
        """Active calls."""
        return len(self._calls)

    def all(self) -> list[Call]:
        """Active calls, oldest first."""
        return list(self._calls.values())

    def begin(self, key: tuple[bytes, bytes], call: Call) -> None:
        """An INVITE was sent on."""
        if len(self._calls) >= MAX_CALLS:
            del self._calls[next(iter(self._calls))]
        self._calls[key] = call

    def answer(self, key: tuple[bytes, bytes], target: str, wall: float) -> None:
        """A 2xx went to the caller. Later branches' 2xx change nothing."""
        call = self._calls.get(key)
        if call is None or call.answered:
            return
        call.answered, call.state, call.target = wall, "answered", target
        after = wall - call.started
        self._sink(CallAnswered(call.call_id, call.caller, call.number, target, after))

    def end(self, keys: tuple[tuple[bytes, bytes], ...], status: int, wall: float) -> None:
        """The call failed, or its BYE was answered. Of `keys` one is the caller's."""
        for key in keys:
            call = self._calls.pop(key, None)
            if call is not None:
                seconds = wall - call.answered if call.answered else 0.0
                self._sink(
                    CallEnded(call.call_id, call.caller, call.number, call.target, status, seconds)
                )
                return
