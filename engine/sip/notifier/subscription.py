"""One subscription: when its subscriber is told what, and when it ends (RFC 6665 section 4.2).

At most one NOTIFY is under way, and at most one in INTERVAL is sent for changes; it tells the
latest state, whatever happened in between (the spirit of RFC 6446). The answer to a SUBSCRIBE and
the end do not wait.

Whoever subscribed through a connection of theirs that is gone cannot be told anything until they
come back. Nor could they have unsubscribed, so the subscription waits for them (RFC 5626 section
5.3: the flow has failed, not the user agent), at most until it expires.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from engine.sip.flow import Flow
from engine.sip.notifier.view import View
from engine.sip.timer import Timer
from engine.sip.transaction import NOBODY, ClientTransaction
from engine.sip.wire import Response

if TYPE_CHECKING:
    from engine.sip.notifier.notifier import Notifier

INTERVAL: Final = 0.5
"""Seconds between two NOTIFYs of a subscription, for changes."""
LOOK_AGAIN: Final = 60.0
"""Seconds after which the timer of the expiry is set again: refreshed and ended subscriptions
leave nothing in the wheel for longer."""

OVER: Final = frozenset((404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 502, 604))
"""Answers to a NOTIFY that end a subscription (RFC 5057 section 5.1); others tell of that one
NOTIFY only. 408 and transport errors end it by RFC 6665 section 4.2.2."""

# Timers
NOTIFY: Final = "notify"
EXPIRY: Final = "expiry"


class Terms(NamedTuple):
    """What a SUBSCRIBE agreed on: the dialog, who watches what, and until when."""

    package: str
    subscriber: str
    """User id."""
    resource: str
    """User id, or the name of a list."""
    listed: bool
    entity: str
    """URI watched, as the subscriber wrote its user part."""
    call_id: bytes
    local: bytes
    """From of our NOTIFYs."""
    remote: bytes
    """To of our NOTIFYs."""
    tag: bytes
    """Ours."""
    remote_tag: bytes
    contact: bytes
    """URI that NOTIFYs go to."""
    routes: tuple[bytes, ...]
    flow: Flow
    """The way the last SUBSCRIBE came."""
    event: bytes
    """Value of Event."""
    sequence: int
    """CSeq number of the last SUBSCRIBE."""
    expires: float
    """Seconds since the epoch."""

    @property
    def key(self) -> "Key":
        """What the dialog is found by."""
        return self.call_id, self.tag, self.remote_tag

    @property
    def name(self) -> str:
        """In the journal: our tag, which is random."""
        return self.tag.decode("ascii")


Key = tuple[bytes, bytes, bytes]
"""Call-ID, our tag, the subscriber's tag."""


class Subscription:
    """Made by the notifier; hears of changes, of its NOTIFYs, and of its timers."""

    __slots__ = (
        "_changed", "_client", "_due", "_earliest", "_expiry", "_notifier", "_unreachable",
        "closed", "reason", "sequence", "terms", "view",
    )  # fmt: skip

    def __init__(self, notifier: "Notifier", terms: Terms, view: View, sequence: int = 0) -> None:
        self.terms = terms
        self.view = view
        self.sequence = sequence
        """CSeq number of the last NOTIFY."""
        self.reason = b""
        """Why it is terminated; empty while it is active."""
        self.closed = False
        self._notifier = notifier
        self._changed = False
        self._unreachable = False
        self._earliest = 0.0
        self._client: ClientTransaction | None = None
        self._due: Timer | None = None
        self._expiry: Timer | None = None

    def start(self, now: float) -> None:
        """Begin to watch the clock."""
        left = self.terms.expires - self._notifier.wall()
        self._expiry = self._notifier.wheel.schedule(now + min(left, LOOK_AGAIN), self, EXPIRY)

    def renew(self, now: float) -> None:
        """A SUBSCRIBE made or refreshed it: tell all, and wait for no older NOTIFY."""
        self._abandon(now)
        self._unreachable = False
        self.tell(now)

    def touch(self, at: float) -> None:
        """What it shows changed: tell it then, or as soon as may be."""
        self._changed = True
        idle = self._client is None and self._due is None
        if idle and not (self.closed or self._unreachable):
            self._due = self._notifier.wheel.schedule(max(at, self._earliest), self, NOTIFY)

    def tell(self, now: float, *, full: bool = True) -> None:
        """Send a NOTIFY with the present state; unless `full`, only when there is news."""
        self._changed = False
        body = self.view.body(full=full)
        if body is None:
            return
        self._earliest = now + INTERVAL
        self.sequence += 1
        self._client = self._notifier.send(self, body, self, now)
        if self.view.more:
            self._changed = True

    def end(self, reason: bytes, now: float) -> None:
        """Tell the subscriber a last time, and forget it."""
        self.reason = reason
        self._abandon(now)
        body = self.view.body(full=True)
        assert body is not None  # noqa: S101  full bodies always are
        self.sequence += 1
        self._notifier.send(self, body, NOBODY, now)
        self.close()

    def close(self) -> None:
        """Forget it without a word."""
        self.closed = True
        for timer in (self._due, self._expiry):
            if timer is not None:
                timer.cancel()
        self._notifier.forget(self)

    def expired(self, event: str, now: float) -> None:
        """A timer of ours."""
        if event is NOTIFY:
            self._due = None
            self.tell(now, full=False)
        elif self._notifier.wall() >= self.terms.expires:
            self.end(b"timeout", now)
        else:
            self.start(now)

    def answered(self, response: Response, now: float) -> None:
        """The subscriber's answer to a NOTIFY."""
        if response.status < 200:
            return
        self._client = None
        if response.status in OVER:
            self.close()
        elif self._changed:
            self.touch(now)

    def failed(self, status: int, now: float) -> None:
        """No answer (408), or no way to the subscriber (503)."""
        self._client = None
        if status == 503 and self.terms.flow.accepted:
            self._unreachable = True
            self._notifier.await_return(self)
        elif not self.closed:
            self.close()

    def _abandon(self, now: float) -> None:
        if self._client is not None:
            self._client.terminate(now)
            self._client = None
        if self._due is not None:
            self._due.cancel()
            self._due = None
