"""One branch of a forked request: a client transaction and the proxy's patience with it.

A branch is pending until it has ended once, with a final response or because we gave it up. What
arrives later changes nothing, a 2xx to INVITE excepted: somebody picked up, and must be heard
(RFC 3261 section 16.7 step 5).
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from engine.sip.flow import Flow
from engine.sip.proxy.choice import Ending
from engine.sip.timer import Timer
from engine.sip.transaction import NOBODY, ClientTransaction, Output
from engine.sip.transaction.tables import CALLING, PROCEEDING, T1
from engine.sip.wire import Response
from engine.sip.wire.build import cancellation, forwarded_response, replace_body

if TYPE_CHECKING:
    from engine.sip.proxy.fork import Fork

TIMER_C: Final = 185.0
"""Seconds that an INVITE may ring: more than three minutes (section 16.6 step 11)."""
AFTER_CANCEL: Final = 64 * T1
"""Seconds until a cancelled branch that does not answer is given up (section 9.1)."""

NOT_THIS_WAY: Final = (503, 430)
"""Failures of the way, not of who is called: 430 Flow Failed is RFC 5626 section 5.3.1."""

# Timers
SILENT: Final = "silent"
PATIENCE: Final = "patience"


class Target(NamedTuple):
    """Where a branch goes."""

    uri: bytes
    """The Request-URI it gets."""
    flow: Flow
    name: str
    """User id or gateway id; empty within a dialog."""
    gateway: bool = False
    emergency: bool = False
    answer_within: float | None = None
    caller_id: str | None = None
    instead: "Target | None" = None
    """Another way to the same gateway, for when nobody is found this way (RFC 3263 section 4.3);
    another flow of the same phone (RFC 5626 section 5.3)."""
    routes: tuple[bytes, ...] = ()
    """Route values to a phone behind other proxies (RFC 3327)."""
    located: bool = True
    """An emergency call is told with where it comes from, as far as that is known."""
    fails_on: tuple[tuple[int, int], ...] | None = None
    """Of a gateway: statuses after which others are tried; None for the usual ones."""
    anonymous: bool = False
    """The gateway is not to show who calls."""
    rank: int = 0
    """Among the contacts of a user: 0 rings at once, others when those before them failed."""
    replaces: bytes = b""
    """The dialog that an INVITE takes over there, as Replaces names it (RFC 3891)."""

    def over(self, stream: Flow) -> "Target":
        """The same over that stream; and as it was when there is no connection to be had."""
        return self._replace(flow=stream, instead=self)


class Branch:
    """Made by its fork; hears of its client transaction and its timers."""

    __slots__ = (
        "cancelled", "client", "deadline", "fork", "held", "patience", "pending", "silent",
        "target",
    )  # fmt: skip

    client: ClientTransaction

    def __init__(self, fork: "Fork", target: Target) -> None:
        self.fork = fork
        self.target = target
        self.pending = True
        self.cancelled = False
        self.held = False
        """Its request waits for a media relay, and there is no client transaction yet."""
        self.deadline = 0.0
        self.patience: Timer | None = None
        self.silent: Timer | None = None

    def wait(self, now: float) -> None:
        """Start the timers of an INVITE that was just sent."""
        wheel = self.fork.proxy.wheel
        self.deadline = now + TIMER_C
        self.patience = wheel.schedule(self.deadline, self, PATIENCE)
        self.await_sign(now)

    def await_sign(self, now: float) -> None:
        """Start the timer for any sign of life at all."""
        if self.target.answer_within is not None:
            at = now + self.target.answer_within
            self.silent = self.fork.proxy.wheel.schedule(at, self, SILENT)

    def answered(self, response: Response, now: float) -> None:
        """A response came from downstream."""
        if self.silent is not None:
            self.silent.cancel()
            self.silent = None
        media = self.fork.media
        if media is None:
            self.proceed(response, now)
        else:
            media.answered(self, response, now)

    def proceed(self, response: Response, now: float) -> None:
        """Act on a response."""
        if response.status < 200:
            self._progressed(response, now)
        elif response.status < 300:
            self._stop()
            self.fork.succeeded(self, response, now)
        else:
            self._stop()
            elsewhere = response.status in NOT_THIS_WAY and not self.cancelled
            self.end(Ending(response.status, response, elsewhere), now)

    def _progressed(self, response: Response, now: float) -> None:
        if self.cancelled:
            self._send_cancel(now)
        elif response.status > 100:
            self.deadline = now + TIMER_C
            self.fork.progressed(self, response, now)

    def failed(self, status: int, now: float) -> None:
        """The transaction ended without a response."""
        self._stop()
        self.end(Ending(status, None, not self.cancelled), now)

    def end(self, ending: Ending, now: float) -> None:
        """No longer pending, with that result."""
        if self.pending:
            self.pending = False
            self.fork.ended(self, ending, now)

    def give_up(self, status: int, now: float) -> None:
        """Go on without this branch as if it had answered `status`; it is cancelled."""
        self.cancel(now)
        self.end(Ending(status, None), now)

    def cancel(self, now: float) -> None:
        """Cancel an INVITE: at once, or when its first provisional response comes (9.1)."""
        if self.cancelled or not self.fork.invite:
            return
        self.cancelled = True
        if self.held:
            return
        self.client.stop_retransmitting()
        if self.client.state is PROCEEDING:
            self._send_cancel(now)

    @property
    def unheard(self) -> bool:
        """Whether no response at all has come."""
        return self.held or self.client.state is CALLING

    def _send_cancel(self, now: float) -> None:
        layer = self.fork.proxy.transactions
        client = self.client
        if (client.branch, b"CANCEL") in layer.clients:
            return
        layer.send(client.flow, cancellation(client.request), client.branch, b"CANCEL", NOBODY, now)
        self._stop()
        self.deadline = now + AFTER_CANCEL
        self.patience = self.fork.proxy.wheel.schedule(self.deadline, self, PATIENCE)

    def expired(self, event: str, now: float) -> None:
        """A timer of ours: nobody home, Timer C, or no answer to CANCEL."""
        if event is SILENT:
            self.silent = None
            elsewhere = not self.cancelled
            self.cancel(now)
            self.end(Ending(408, None, elsewhere), now)
        elif now < self.deadline:
            self.patience = self.fork.proxy.wheel.schedule(self.deadline, self, PATIENCE)
        elif self.cancelled:
            self.client.terminate(now)
            self.end(Ending(487, None), now)
        else:
            self.give_up(408, now)

    def _stop(self) -> None:
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None
        if self.silent is not None:
            self.silent.cancel()
            self.silent = None


class Repeater:
    """Takes a branch's place once its 2xx to INVITE was passed on.

    The callee says it again until the ACK comes, and so must we (section 16.7 step 5). That may
    take half a minute, in which neither branch nor fork are needed any more: with them, finished
    calls were most of what the node had in memory.
    """

    __slots__ = ("_body", "_drop", "_flow", "_output")

    def __init__(
        self, output: Output, flow: Flow, drop: frozenset[bytes], body: bytes | None
    ) -> None:
        """`body` is what was passed on in place of its own."""
        self._output = output
        self._flow = flow
        self._drop = drop
        self._body = body

    def answered(self, response: Response, now: float) -> None:
        """The 2xx again."""
        if self._body is not None:
            replace_body(response, self._body)
        self._output.append((self._flow, forwarded_response(response, drop=self._drop), None))

    def failed(self, status: int, now: float) -> None:
        """Nothing depends on it."""
