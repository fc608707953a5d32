"""The calls that the proxy knows of, from the INVITE and BYE that pass through it.

For the status, the log, and those who watch a user's dialogs. Dialogs prove themselves with their
route token, so an empty table after a restart costs nobody a call.

Whoever dies without BYE must not stay on the phone for ever: an answered call is over when its
session timer (RFC 4028) was not refreshed, and without one when nothing was heard of it for
SILENT seconds.
"""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from engine.sip.events import CallAnswered, CallEnded, SipEvent
from engine.sip.flow import Flow
from engine.sip.occupancy import Occupancy
from engine.sip.proxy.branch import Target
from engine.sip.transaction import ServerTransaction
from engine.sip.wire import Request, Response, SipParseError
from engine.sip.wire.fields import Address, parse_address, parse_number
from schema.dialplan.decision import Caller, Decision

MAX_CALLS: Final = 50_000
"""Beyond it the oldest is forgotten: an end that dies without BYE leaves its call here."""
SILENT: Final = 12 * 3600.0
"""Seconds after which an answered call without session timer, BYE, INVITE or UPDATE is over."""
REFRESH_GRACE: Final = 32.0
"""Seconds after a session interval in which the end that noticed may still send its BYE."""
SWEEP: Final = 60.0
"""Seconds between two looks for calls that died."""

Key = tuple[bytes, bytes]
"""Call-ID and the caller's tag."""


class Leg(NamedTuple):
    """A callee's phone that rings, or that was answered."""

    target: Target
    to: bytes
    """To of its response: the phone's tag stands in it."""

    @property
    def user(self) -> str:
        """Whose phone it is; empty for a gateway."""
        return "" if self.target.gateway else self.target.name

    @property
    def tag(self) -> bytes:
        """The phone's tag; empty when it has none that could be read."""
        try:
            return parse_address(self.to).tag
        except SipParseError:
            return b""


class Attempt(NamedTuple):
    """A gateway that did not carry a call: with what status, and why."""

    gateway: str
    status: int
    reason: str


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
    sender: Address | None = None
    """From of the INVITE."""
    user: str = ""
    """The caller when it is a user; empty for a gateway."""
    private: bool = False
    """The caller asked for privacy (RFC 3323)."""
    legs: tuple[Leg, ...] = ()
    """Phones that ring; the one that answered from then on."""
    until: float = 0.0
    """Of an answered call: when it is over if nothing is heard of it."""
    rule: str | None = None
    """The rule of the dial plan that decided."""
    type: str = ""
    """The rule's type."""
    gateways: tuple[str, ...] = ()
    """Gateways of which it takes a channel, one as often as it takes one."""
    failed: tuple[Attempt, ...] = ()
    """Gateways that were tried in vain, in order."""
    origin: ServerTransaction | None = None
    """Of a call that rings: its INVITE, and the way back."""


def placed(
    server: ServerTransaction,
    caller: Caller,
    number: str,
    target: str,
    decision: Decision,
    wall: float,
) -> Call:
    """The call that an INVITE begins."""
    request = server.request
    return Call(
        request.call_id.decode("utf-8", "replace"),
        caller.id,
        number,
        target,
        wall,
        sender=request.sender,
        user=caller.id if caller.kind == "user" else "",
        private=(request.value(b"privacy") or b"none").lower() != b"none",
        rule=decision.rule,
        type=decision.type,
        origin=server,
    )


def _nobody(_user: str) -> None:
    """Hears that the calls of a user changed."""


class Calls:
    """Active calls by Call-ID and the caller's tag.

    The calls of watched users are also at hand by user. For all others that costs one look-up.
    """

    def __init__(self, sink: Callable[[SipEvent], None]) -> None:
        self._calls: dict[Key, Call] = {}
        self._sink = sink
        self._watched: dict[str, dict[Key, Call]] = {}
        self.occupancy = Occupancy()
        self._sweep_at = 0.0
        self.changed: Callable[[str], None] = _nobody
        """Called with each watched user whose calls changed."""

    def __len__(self) -> int:
        """Active calls."""
        return len(self._calls)

    def all(self) -> list[Call]:
        """Active calls, oldest first."""
        return list(self._calls.values())

    def __contains__(self, key: Key) -> bool:
        """Whether there is such a call."""
        return key in self._calls

    def get(self, key: Key) -> Call | None:
        """The call, if it is active."""
        return self._calls.get(key)

    def connects(self, request: Request, end: Flow) -> bool | None:
        """Whether a request to `end` is between the two ends of a call. None: of no call here."""
        mine, theirs = request.sender.tag, request.recipient.tag
        call = self._calls.get((request.call_id, mine))
        if call is not None:  # the caller's; a tag of another phone that rings means nothing there
            return any(leg.tag == theirs and leg.target.flow[1:3] == end[1:3] for leg in call.legs)
        call = self._calls.get((request.call_id, theirs))
        return None if call is None else any(leg.tag == mine for leg in call.legs)

    def ringing_at(self, users: Container[str]) -> Iterator[tuple[Call, Leg]]:
        """Calls that ring at phones of these users, the oldest first, each with such a phone.

        Looks at every call: it is for the moment when somebody asks, not for every call.
        """
        for call in self._calls.values():
            if not call.answered:
                for leg in call.legs:
                    if leg.user in users:
                        yield call, leg

    # Watching

    def watch(self, user: str) -> None:
        """Keep the calls of that user at hand, and tell `changed` of them."""
        if user not in self._watched:
            self._watched[user] = {
                key: call for key, call in self._calls.items() if user in _users(call)
            }

    def unwatch(self, user: str) -> None:
        """Nobody watches that user any more."""
        self._watched.pop(user, None)

    def of(self, user: str) -> list[Call]:
        """Active calls of a watched user, oldest first."""
        return list(self._watched.get(user, {}).values())

    def _involve(self, user: str, key: Key, call: Call) -> None:
        mine = self._watched.get(user)
        if mine is not None:
            mine[key] = call
            self.changed(user)

    def _release(self, user: str, key: Key) -> None:
        mine = self._watched.get(user)
        if mine is not None and mine.pop(key, None) is not None:
            self.changed(user)

    # What happens to a call

    def begin(self, key: Key, call: Call) -> None:
        """An INVITE was sent on. One that a gateway sends back to us is the same call still."""
        known = self._calls.get(key)
        if known is not None:
            if not call.user:
                self.occupancy.carry(known, call.caller)
            return
        if len(self._calls) >= MAX_CALLS:
            oldest = next(iter(self._calls))
            self._forget(oldest, self._calls.pop(oldest), call.started)
        self._calls[key] = call
        self.occupancy.begin(call)
        self._involve(call.user, key, call)

    def engage(self, key: Key, gateway: str) -> None:
        """The call was sent to a gateway."""
        call = self._calls.get(key)
        if call is not None:
            self.occupancy.carry(call, gateway)

    def disengage(self, key: Key, gateway: str) -> None:
        """That gateway does not have it any more."""
        call = self._calls.get(key)
        if call is not None:
            self.occupancy.release(call, gateway)

    def ring(self, key: Key, target: Target, to: bytes) -> None:
        """A phone or gateway rings."""
        call = self._calls.get(key)
        if call is None or call.answered:
            return
        for leg in call.legs:
            if leg.target is target:
                return
        first, call.legs = not call.legs, (*call.legs, Leg(target, to))
        if self._watched:
            self._involve(call.legs[-1].user, key, call)
            if first:
                self._involve(call.user, key, call)

    def stop_ringing(self, key: Key, target: Target) -> None:
        """A phone declined, or was given up; others may ring on."""
        call = self._calls.get(key)
        if call is None or call.answered:
            return
        for leg in call.legs:
            if leg.target is target:
                call.legs = tuple(each for each in call.legs if each is not leg)
                self._left(leg, key, call)
                return

    def _left(self, leg: Leg, key: Key, call: Call) -> None:
        """A user has one phone less in the call, and may still have others."""
        if leg.user in _users(call):
            self._involve(leg.user, key, call)
        else:
            self._release(leg.user, key)

    def answer(self, key: Key, target: Target, message: Response, wall: float) -> None:
        """A 2xx went to the caller. Later branches' 2xx change nothing."""
        call = self._calls.get(key)
        if call is None or call.answered:
            return
        call.answered, call.state, call.target = wall, "answered", target.name
        call.origin = None  # a transaction that is over is not held for as long as people talk
        call.until = wall + _patience(message)
        rang, call.legs = call.legs, (Leg(target, message.to_text),)
        if not target.gateway:
            self.occupancy.take(target.name)
        if self._watched:
            self._involve(call.user, key, call)
            self._involve(call.legs[0].user, key, call)
            for leg in rang:
                if leg.target is not target:
                    self._left(leg, key, call)
        after = wall - call.started
        self._sink(CallAnswered(call.call_id, call.caller, call.number, call.target, after))

    def refresh(self, keys: tuple[Key, ...], message: Response, wall: float) -> None:
        """An INVITE or UPDATE within the dialog was agreed to. Of `keys` one is the caller's."""
        for key in keys:
            call = self._calls.get(key)
            if call is not None and call.answered:
                call.until = wall + _patience(message)

    def hang_up(self, key: Key, callee_tag: bytes, wall: float) -> None:
        """A BYE in the dialog with that callee was answered.

        Nobody's in another dialog ends the call: it may be one with a phone that picked up too
        late, or one that was made up to be over the limit of calls unseen.
        """
        call = self._calls.get(key)
        if call is not None and call.answered and call.legs[0].tag == callee_tag:
            self.end(key, 200, wall)

    def end(self, key: Key, status: int, wall: float) -> None:
        """The call is over, with that status."""
        call = self._calls.pop(key, None)
        if call is None:
            return
        self._forget(key, call, wall)
        seconds = wall - call.answered if call.answered else 0.0
        self._sink(CallEnded(call.call_id, call.caller, call.number, call.target, status, seconds))

    def _forget(self, key: Key, call: Call, wall: float) -> None:
        self.occupancy.forget(call, wall)
        if self._watched:
            for user in _users(call):
                self._release(user, key)

    def expire(self, wall: float) -> None:
        """End the calls that must have died; looks for them once a minute."""
        if wall < self._sweep_at:
            return
        self._sweep_at = wall + SWEEP
        for key, call in list(self._calls.items()):
            if call.answered and call.until <= wall:
                self.end(key, 200, wall)


def _users(call: Call) -> set[str]:
    """The users in a call; "" stands for gateways."""
    return {call.user, *(leg.user for leg in call.legs)}


def _patience(message: Response) -> float:
    """Seconds that a call may be silent: its session interval, if it has one (RFC 4028)."""
    value = message.value(b"session-expires")
    if value is None:
        return SILENT
    try:
        return parse_number(value.partition(b";")[0].strip()) + REFRESH_GRACE
    except SipParseError:
        return SILENT
