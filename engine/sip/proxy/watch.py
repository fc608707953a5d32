"""Observers of forks: what a call's messages mean for the table of calls and the log."""

from collections.abc import Callable
from typing import Final

from engine.sip.calls import Attempt, Calls, Key
from engine.sip.events import GatewayFailed, SipEvent, address_of
from engine.sip.proxy.branch import Target
from engine.sip.proxy.fork import ForkObserver
from engine.sip.wire import Request, Response
from schema.dialplan.decision import Step

Clock = Callable[[], float]

OVER: Final = (408, 480, 481)
"""Failures of a BYE after which there is no call; 480 is a phone without connection."""


class CallWatch(ForkObserver):
    """Watches the INVITE that begins a call."""

    __slots__ = ("_calls", "_key", "_sink", "_wall")

    def __init__(
        self,
        calls: Calls,
        key: Key,
        sink: Callable[[SipEvent], None],
        wall: Clock,
    ) -> None:
        self._calls = calls
        self._key = key
        self._sink = sink
        self._wall = wall

    def progressed(self, target: Target, message: Response) -> None:
        """A phone or a gateway rings."""
        self._calls.ring(self._key, target, message.to_text)

    def left(self, target: Target) -> None:
        """A branch is over; others may go on."""
        self._calls.stop_ringing(self._key, target)
        if target.gateway:
            self._calls.disengage(self._key, target.name)

    def answered(self, target: Target, message: Response, now: float) -> None:
        """Somebody picked up."""
        self._calls.answer(self._key, target, message, self._wall())

    def failed(self, status: int, now: float) -> None:
        """Nobody did."""
        self._calls.end(self._key, status, self._wall())

    def admits(self, step: Step) -> bool:
        """Whether a gateway has a channel left; tells the log when it has not."""
        if step.channels is None or self._carried_by(step.target) < step.channels:
            return True
        self._fail(step.target, 503, f"all {step.channels} channels are in use", "")
        return False

    def _carried_by(self, gateway: str) -> int:
        return self._calls.occupancy.carried_by(gateway)

    def engaged(self, target: Target) -> None:
        """A gateway has the call."""
        self._calls.engage(self._key, target.name)

    def gateway_failed(self, target: Target, status: int, reason: str) -> None:
        """Tell the log; the next gateway is being tried."""
        self._fail(target.name, status, reason, address_of(target.flow))

    def _fail(self, gateway: str, status: int, reason: str, address: str) -> None:
        call = self._calls.get(self._key)
        caller, number = ("", "") if call is None else (call.caller, call.number)
        if call is not None:
            call.failed = (*call.failed, Attempt(gateway, status, reason))
        call_id = self._key[0].decode("utf-8", "replace")
        self._sink(GatewayFailed(gateway, call_id, status, reason, address, caller, number))


class HangupWatch(ForkObserver):
    """Watches a BYE.

    The call is over when the other end agrees, does not know the call, or is gone (RFC 3261
    section 15.1.1). Other failures may be what the sender wanted, to be on the phone uncounted.
    """

    __slots__ = ("_calls", "_request", "_wall")

    def __init__(self, calls: Calls, request: Request, wall: Clock) -> None:
        self._calls = calls
        self._request = request
        self._wall = wall

    def answered(self, target: Target, message: Response, now: float) -> None:
        """The other end agreed."""
        self._hang_up()

    def failed(self, status: int, now: float) -> None:
        """It did not."""
        if status in OVER:
            self._hang_up()

    def _hang_up(self) -> None:
        mine, theirs = _keys_of(self._request)
        self._calls.hang_up(mine, theirs[1], self._wall())
        self._calls.hang_up(theirs, mine[1], self._wall())


class RefreshWatch(ForkObserver):
    """Watches an INVITE or UPDATE within a dialog: the call lives."""

    __slots__ = ("_calls", "_keys", "_wall")

    def __init__(self, calls: Calls, request: Request, wall: Clock) -> None:
        self._calls = calls
        self._keys = _keys_of(request)
        self._wall = wall

    def answered(self, target: Target, message: Response, now: float) -> None:
        """The other end agreed, and says for how long (RFC 4028 section 9)."""
        self._calls.refresh(self._keys, message, self._wall())


def _keys_of(request: Request) -> tuple[Key, Key]:
    """The call of a request within a dialog: either of the ends may have been the caller."""
    call_id = request.call_id
    return (call_id, request.sender.tag), (call_id, request.recipient.tag)
