"""Transactions: the tables of RFC 3261 section 17 put to work, sans-IO.

A transaction is fed events with the time they happen; what it sends goes to its layer's output,
what it learns goes to its user (the proxy). It never parses what it does not have to.
"""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from engine.sip.flow import Flow
from engine.sip.timer import Timer
from engine.sip.transaction import tables
from engine.sip.transaction.tables import Bound, Table
from engine.sip.wire import Request, Response, parse_message
from engine.sip.wire.build import acknowledgement

if TYPE_CHECKING:
    from engine.sip.transaction.layer import TransactionLayer

Action = Callable[[Any, Any, float], None]
Compiled = dict[str, dict[str, tuple[str, tuple[Action, ...], bool]]]
"""State → event → (next state, actions, whether to release what is not needed after them)."""
Spans = dict[str, tuple[tuple[float, float], tuple[float, float]]]
"""State → over an unreliable transport and over a reliable one: seconds that it may last, and until
the message is first sent again (0: never). A state that is not in it changes no timer."""


class ClientUser(Protocol):
    """Who hears of a client transaction."""

    def answered(self, response: Response, now: float) -> None:
        """A response; a 2xx to INVITE once per retransmission and per branch downstream."""

    def failed(self, status: int, now: float) -> None:
        """No response will come: 408 after Timer B or F, 503 when the transport refused."""


class Nobody:
    """Does not care how its transaction ends: CANCEL, requests of our own, what is over."""

    def answered(self, response: Response, now: float) -> None:
        """Nothing depends on it."""

    def failed(self, status: int, now: float) -> None:
        """Nothing depends on it."""


NOBODY: Final = Nobody()
EVENT_OF: Final = (
    "", tables.PROVISIONAL, tables.SUCCESS,
    tables.FAILURE, tables.FAILURE, tables.FAILURE, tables.FAILURE,
)  # fmt: skip
"""The event that a response is to a transaction, by the first digit of its status."""
ANSWERED: Final = Request(b"", b"")
"""Stands in a server transaction for the request that has its final response."""


class Transaction:
    """What the four machines share: state, its bounding timer, and retransmission."""

    __slots__ = ("deadline", "flow", "interval", "layer", "message", "state", "timer")

    compiled: ClassVar[Compiled]
    spans: ClassVar[Spans]
    settled: ClassVar[frozenset[str]] = frozenset()
    """States to which a final response leads: most of what it took to get there is not needed."""
    cap: ClassVar[float] = tables.T2
    """Longest interval of retransmissions."""

    def __init__(self, layer: "TransactionLayer", flow: Flow, message: bytes) -> None:
        self.layer = layer
        self.flow = flow
        self.message = message
        """What is sent again: the request of a client, the last response of a server."""
        self.interval = 0.0
        """Until the message is sent again; 0 when it is not."""
        self.deadline = math.inf
        self.timer: Timer | None = None
        """Due when the message is to be sent again, or else at the deadline."""
        self.state = ""

    def feed(self, event: str, now: float, payload: object = None) -> None:
        """Let `event` happen. Ignored where the state does not list it."""
        rule = self.compiled[self.state].get(event)
        if rule is None:
            return
        state, actions, over = rule
        if state is not self.state:
            self.enter(state, now)
        for action in actions:
            action(self, payload, now)
        if over or self.state is tables.TERMINATED:
            self.release()

    def expired(self, _event: str, now: float) -> None:
        """Our timer is due."""
        self.timer = None
        if now >= self.deadline:
            self.feed(tables.TIMEOUT, now)
            return
        self.feed(tables.RETRANSMIT, now)
        if self.timer is None and self.interval:
            self.interval = min(2 * self.interval, self.cap)
            self._set_timer(now)

    def enter(self, state: str, now: float) -> None:
        """Change state and start what bounds the new one."""
        self.state = state
        spans = self.spans.get(state)
        if spans is None:
            return
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        seconds, self.interval = spans[self.flow.reliable]
        if not seconds:
            self.state = tables.TERMINATED
            self.forget()
            return
        self.deadline = now + seconds
        if seconds < math.inf:
            at = now + (self.interval or seconds)
            self.timer = self.layer.wheel.schedule(at, self, tables.TIMEOUT)

    def _set_timer(self, now: float) -> None:
        at = min(now + self.interval, self.deadline) if self.interval else self.deadline
        if at < math.inf:
            self.timer = self.layer.wheel.schedule(at, self, tables.TIMEOUT)

    def stop_retransmitting(self) -> None:
        """Send nothing again by ourselves."""
        if self.interval and self.timer is not None:
            self.timer.cancel()
            self.interval = 0.0
            self.timer = self.layer.wheel.schedule(self.deadline, self, tables.TIMEOUT)

    def forget(self) -> None:
        """Leave the layer's table."""
        raise NotImplementedError

    def release(self) -> None:
        """Let go of what the present state does not need.

        What refers to each other in a circle would wait for the collector, and an answered call
        is remembered for half a minute yet: what hangs on it is the node's memory.
        """
        raise NotImplementedError

    def send_again(self, _payload: object, _now: float) -> None:
        """Action: send the message as it was."""
        if self.message:
            self.layer.output.append((self.flow, self.message, self))


class ClientTransaction(Transaction):
    """A request that we sent. Made and started by the layer."""

    __slots__ = ("branch", "method", "user")

    initial: ClassVar[str] = tables.TRYING
    settled = frozenset((tables.COMPLETED,))

    def __init__(
        self,
        layer: "TransactionLayer",
        flow: Flow,
        message: bytes,
        key: tuple[bytes, bytes],
        user: ClientUser,
    ) -> None:
        Transaction.__init__(self, layer, flow, message)
        self.branch, self.method = key
        self.user = user

    def start(self, now: float) -> None:
        """Send the request and wait."""
        self.enter(self.initial, now)
        self.send_again(None, now)

    @property
    def request(self) -> Request:
        """The request as sent, parsed again: only failures and cancellations need it."""
        request = parse_message(self.message)
        assert isinstance(request, Request)  # noqa: S101  we built it
        return request

    def terminate(self, now: float) -> None:
        """End without a word to the user."""
        if self.state is not tables.TERMINATED:
            self.enter(tables.TERMINATED, now)
            self.release()

    def forget(self) -> None:
        """Leave the layer's table."""
        self.layer.clients.pop((self.branch, self.method), None)

    def release(self) -> None:
        """Let go of the user, who has the final response, and of the request."""
        self.user = NOBODY
        self.message = b""

    def deliver(self, payload: Response, now: float) -> None:
        """Action: tell the user of a response."""
        self.user.answered(payload, now)

    def send_ack(self, payload: Response, _now: float) -> None:
        """Action: acknowledge a final response that is not 2xx."""
        self.layer.output.append((self.flow, acknowledgement(self.request, payload), None))

    def slow_down(self, _payload: object, now: float) -> None:
        """Action: from the first provisional response on, retransmit every T2 (17.1.2.2)."""
        self.interval = tables.T2

    def fail_timeout(self, _payload: object, now: float) -> None:
        """Action: nobody answered."""
        self.user.failed(408, now)

    def fail_unreachable(self, _payload: object, now: float) -> None:
        """Action: the transport could not deliver (section 8.1.3.1: as if 503)."""
        self.user.failed(503, now)


class InviteClientTransaction(ClientTransaction):
    """Section 17.1.1 with RFC 6026."""

    __slots__ = ()
    initial = tables.CALLING
    settled = frozenset((tables.COMPLETED, tables.ACCEPTED))
    cap = 64 * tables.T1

    def release(self) -> None:
        """While a 2xx may come again the user hears of it; of a failure only the ACK is sent."""
        if self.state is tables.ACCEPTED:
            self.message = b""
        else:
            self.user = NOBODY


class ServerTransaction(Transaction):
    """A request that we received. `user` is whoever cares for its cancellation."""

    __slots__ = ("key", "proved", "request", "user")

    initial: ClassVar[str] = tables.TRYING
    settled = frozenset((tables.COMPLETED,))

    def __init__(
        self,
        layer: "TransactionLayer",
        flow: Flow,
        key: tuple[object, ...],
        request: Request,
    ) -> None:
        Transaction.__init__(self, layer, flow, b"")
        self.key = key
        self.request = request
        self.user: object = None
        self.proved = False
        """The sender is known. A stranger's refusal is not worth remembering or repeating."""
        self.state = self.initial

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Send a response, if the state still allows one of its class."""
        self.feed(EVENT_OF[status // 100], now, data)

    def abandon(self, now: float) -> None:
        """End without a response (RFC 4320 section 4.2: no 408 to a non-INVITE request)."""
        if self.state is not tables.TERMINATED:
            self.enter(tables.TERMINATED, now)
            self.release()

    def forget(self) -> None:
        """Leave the layer's table."""
        self.layer.servers.pop(self.key, None)

    def release(self) -> None:
        """Let go of the user and of the request."""
        self.user = None
        self.request = ANSWERED

    def send(self, payload: bytes, _now: float) -> None:
        """Action: send a response and keep it for retransmissions."""
        self.message = payload
        self.layer.output.append((self.flow, payload, self))


class InviteServerTransaction(ServerTransaction):
    """Section 17.2.1 with RFC 6026."""

    __slots__ = ()
    initial = tables.PROCEEDING
    settled = frozenset((tables.COMPLETED, tables.ACCEPTED))

    def release(self) -> None:
        """See ServerTransaction. It is not we who send a 2xx again (RFC 6026 section 7.1)."""
        ServerTransaction.release(self)
        if self.state is tables.ACCEPTED:
            self.message = b""


def _spans(bounds: Mapping[str, Bound]) -> Spans:
    """Bounds by whether the transport is reliable; what is over lasts no time at all."""
    spans = {
        state: (
            (bound.unreliable, tables.T1 if bound.retransmits else 0.0),
            (bound.reliable, 0.0),
        )
        for state, bound in bounds.items()
    }
    return {**spans, tables.TERMINATED: ((0.0, 0.0), (0.0, 0.0))}


def _compile(table: Table, machine: type[Transaction]) -> Compiled:
    """Replace the names of actions by the machine's methods, once."""
    compiled = {
        state: {
            event: (
                target,
                tuple(getattr(machine, action) for action in actions),
                target in machine.settled,
            )
            for event, (target, actions) in rules.items()
        }
        for state, rules in table.items()
    }
    return {**compiled, tables.TERMINATED: {}}


_MACHINES: Final = (
    (InviteClientTransaction, tables.INVITE_CLIENT, tables.INVITE_CLIENT_BOUNDS),
    (ClientTransaction, tables.CLIENT, tables.CLIENT_BOUNDS),
    (InviteServerTransaction, tables.INVITE_SERVER, tables.INVITE_SERVER_BOUNDS),
    (ServerTransaction, tables.SERVER, tables.SERVER_BOUNDS),
)
for _machine, _table, _bounds in _MACHINES:
    _machine.compiled = _compile(_table, _machine)
    _machine.spans = _spans(_bounds)
