"""The response context of RFC 3261 section 16.7: one request, its branches, and one answer.

Steps of the dial plan run in groups: all targets of a group at once, the next group when all of
it has failed or its time is up. The first 2xx wins and cancels the rest; of failures the best goes
to the caller when nothing is left to try.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from engine.sip.flow import Flow
from engine.sip.proxy.branch import Branch, Repeater, Target
from engine.sip.proxy.choice import Ending, best_of, is_decided, other_challenges
from engine.sip.proxy.reserve import Reserve
from engine.sip.timer import Timer, TimerWheel
from engine.sip.transaction import ServerTransaction, TransactionLayer
from engine.sip.transaction.tables import ACCEPTED, PROCEEDING
from engine.sip.wire import Request, Response
from engine.sip.wire.build import forwarded_response, response, with_body

if TYPE_CHECKING:
    from engine.sip.proxy.hop import Hop
    from schema.dialplan.decision import Step

BAD_LOCATION: Final = 424
"""What a server answers that cannot use the location of a call (RFC 6442 section 4.3)."""

WITHOUT_ANSWER: Final = {408: "no answer", 503: "cannot be reached"}
"""What it means that a gateway failed without saying so itself."""

LARGEST_OVER_UDP: Final = 1300
"""Bytes of a request; more does not fit every path in one piece (section 18.1.1)."""

LARGEST_FOR_HELP: Final = 1472
"""Bytes of an emergency call, which its location makes longer: what Ethernet takes in one piece.
It must not wait for TCP that nobody said is there and that a firewall swallows."""

IDENTITY_HEADERS: Final = frozenset(
    (b"p-asserted-identity", b"p-preferred-identity", b"remote-party-id")
)
_NOTHING: Final[frozenset[bytes]] = frozenset()


class Group(NamedTuple):
    """Targets that ring together. They are looked up only when their turn comes."""

    targets: Callable[[], list[Target]]
    """Empty for a user without contacts."""
    timeout: float | None = None
    absent: int = 480
    """What it amounts to when there are no targets."""
    failover: bool = False
    """Stands in for the group before it: only for when that one's gateway could not carry it."""


def secured(group: Group) -> Group:
    """Only those of its targets that a sips: request may go to (RFC 5630 section 5.3)."""
    return group._replace(targets=lambda: [each for each in group.targets() if each.flow.secure])


class ForkObserver:
    """What a fork tells about a call. This one does not listen; see engine.sip.proxy.watch."""

    __slots__ = ()

    def progressed(self, target: Target, message: Response) -> None:
        """A provisional response goes to the caller."""

    def left(self, target: Target) -> None:
        """A branch ended without success."""

    def answered(self, target: Target, message: Response, now: float) -> None:
        """A 2xx goes to the caller."""

    def failed(self, status: int, now: float) -> None:
        """The caller gets this failure."""

    def admits(self, step: "Step") -> bool:
        """Whether a gateway has a channel left. What begins no call needs none."""
        return True

    def engaged(self, target: Target) -> None:
        """The request is being sent to a gateway."""

    def gateway_failed(self, target: Target, status: int, reason: str) -> None:
        """A gateway was of no use."""


class Fork:
    """One proxied request. The proxy lends its wheel, transactions and the writing of copies."""

    __slots__ = (
        "branches", "cancelled", "endings", "finished", "groups", "hop", "invite", "media",
        "observer", "pending", "proxy", "request", "reserve", "server", "timer", "won",
    )  # fmt: skip

    def __init__(
        self,
        proxy: "Surroundings",
        server: ServerTransaction,
        groups: Iterable[Group],
        hop: "Hop",
        observer: ForkObserver,
    ) -> None:
        self.proxy = proxy
        self.server = server
        self.request: Request = server.request
        self.invite = self.request.method == "INVITE"
        self.groups = list(groups)
        self.hop = hop
        self.media = hop.media
        self.observer = observer
        self.branches: list[Branch] = []
        self.endings: list[Ending] = []
        self.pending = 0
        self.won = self.finished = self.cancelled = False
        self.timer: Timer | None = None
        self.reserve: Reserve | None = None
        server.user = self

    def start(self, now: float) -> None:
        """Send the request to the first group that has any target."""
        while self.groups and not self.pending:
            group = self.groups.pop(0)
            targets = group.targets()
            if not targets:
                self.endings.append(Ending(group.absent, None))
            if len(targets) > 1 and any(target.rank for target in targets):
                wheel = self.proxy.wheel
                self.reserve = Reserve(targets, wheel, self._launch, group.timeout)
                self.reserve.begin(now)
            else:
                for target in targets:
                    self._launch(target, now)
            if targets and group.timeout is not None:
                self.timer = self.proxy.wheel.schedule(now + group.timeout, self, "group")
        if not self.pending:
            self._finish(now)

    def join(self, target: Target, now: float) -> None:
        """Ring one more phone, beside those that ring now, unless its user's rings already."""
        going = self.pending and not self.finished and not self.cancelled
        if going and not self.rings_at(target.name):
            self._launch(target, now)

    def _launch(self, target: Target, now: float) -> None:
        branch = Branch(self, target)
        self.branches.append(branch)
        self.pending += 1
        if target.gateway:
            self.observer.engaged(target)
        if self.media is None:
            self.send(branch, None, now)
        else:
            self.media.launch(branch, now)

    def send(self, branch: Branch, body: bytes | None, now: float) -> None:
        """Send a branch its request, with another body when one is given."""
        target = branch.target
        key, message = self._copy(target, body)
        largest = LARGEST_FOR_HELP if target.emergency else LARGEST_OVER_UDP
        if len(message) > largest and not target.flow.reliable:
            key, message = self._enlarge(branch, key, message, body, now)
            target = branch.target
        method = self.request.cseq[1]
        layer = self.proxy.transactions
        branch.client = layer.send(target.flow, message, key, method, branch, now)
        if method == b"INVITE":
            branch.wait(now)
        elif target.instead is not None:
            branch.await_sign(now)

    def _copy(self, target: Target, body: bytes | None) -> tuple[bytes, bytes]:
        key, message = self.hop.copy(target)
        return key, message if body is None else with_body(message, body)

    def _enlarge(
        self, branch: Branch, key: bytes, message: bytes, body: bytes | None, now: float
    ) -> tuple[bytes, bytes]:
        """Take TCP for a request that UDP would have to fragment, where there is TCP."""
        stream = self.proxy.stream_for(branch.target.flow, now)
        if stream is None:
            return key, message
        branch.target = branch.target.over(stream)
        return self._copy(branch.target, body)

    def progressed(self, branch: Branch, message: Response, now: float) -> None:
        """A provisional response other than 100: pass it on (section 16.7 step 5)."""
        if not self.finished:
            self.server.respond(message.status, self._upstream(branch, message), now)
            self.observer.progressed(branch.target, message)

    def succeeded(self, branch: Branch, message: Response, now: float) -> None:
        """A 2xx: pass it on; of an INVITE every one, and cancel the branches still ringing."""
        if branch.pending:
            branch.pending = False
            self.pending -= 1
        elif branch.target.gateway:  # it was given up, and carries the call after all
            self.observer.engaged(branch.target)
        if self.finished and not self.invite:
            return
        self._stop_trying(now)
        first, self.won, self.finished = not self.won, True, True
        data = self._upstream(branch, message)
        if not self.invite or self.server.state in (PROCEEDING, ACCEPTED):
            self.server.respond(message.status, data, now)
        else:
            self.proxy.transactions.output.append((self.server.flow, data, None))
        if self.invite:
            output = self.proxy.transactions.output
            body = None if self.media is None else message.body
            drop = _dropped(branch.target)
            branch.client.user = Repeater(output, self.server.flow, drop, body)
        if first:
            if self.media is not None:
                self.media.won(branch)
            self.observer.answered(branch.target, message, now)
        if not self.pending:
            self.branches.clear()

    def _stop_trying(self, now: float) -> None:
        self.groups.clear()
        self._stop_timer()
        if self.pending:
            for branch in self.branches:
                if branch.pending:
                    branch.cancel(now)

    def ended(self, branch: Branch, ending: Ending, now: float) -> None:
        """A branch ended without success."""
        self.pending -= 1
        target = branch.target
        self.observer.left(target)
        if ending.elsewhere and self._try_instead(target, ending, now):
            return
        if ending.status == BAD_LOCATION and self._try_without_place(target, ending, now):
            return
        if ending.status == 503 and ending.response is None and not target.gateway:
            ending = Ending(480, None)  # a phone that is out of reach is no fault of ours
        if target.gateway and not self.cancelled and not is_decided(target, ending):
            ending = ending._replace(elsewhere=True)
            self._report(target, ending)
        elif not target.emergency:
            self._settle(target, ending, now)
        self.endings.append(self._without_redirection(target, ending))
        if self.reserve is not None and not self.rings_at(target.name):
            self.reserve.left(target.name, now)
        if self.pending:
            return
        if self.finished:
            self.branches.clear()
        else:
            self._stop_timer()
            self.start(now)

    def _settle(self, target: Target, ending: Ending, now: float) -> None:
        """What else is to be tried when that is an answer."""
        if ending.status >= 600:
            self._stop_trying(now)
        elif target.gateway:
            self._skip_failover()

    def rings_at(self, name: str) -> bool:
        """Whether a branch to that user or gateway has not ended."""
        return any(branch.pending and branch.target.name == name for branch in self.branches)

    def _without_redirection(self, target: Target, ending: Ending) -> Ending:
        """A 3xx goes from phone to phone only, which then calls anew by its own permissions. A
        gateway decides nothing about our calls, and is not told by phones where to call."""
        if ending.status >= 400 or not (target.gateway or self.hop.trusted):
            return ending
        return Ending(502 if target.gateway else 480, None)

    def _try_instead(self, target: Target, ending: Ending, now: float) -> bool:
        """Try the next way to a gateway (RFC 3263 section 4.3)."""
        if target.gateway or target.instead is not None:
            self.proxy.unavailable(target.flow, ending.response, now)
        if target.instead is None or self.finished:
            return False
        if target.gateway:
            self._report(target, ending)
        self._launch(target.instead, now)
        return True

    def _try_without_place(self, target: Target, ending: Ending, now: float) -> bool:
        """The same gateway without the location that we added: it must not cost the call, and the
        caller, who did not send it, is not told of it (RFC 6442 section 3.4)."""
        ours = target.emergency and target.located and bool(self.hop.place)
        if not ours or not target.gateway or self.finished or self.cancelled:
            return False
        self._report(target, ending)
        self._launch(target._replace(located=False), now)
        return True

    def _skip_failover(self) -> None:
        """The gateway did its part: those that stand in for it are not needed."""
        while self.groups and self.groups[0].failover:
            self.groups.pop(0)

    def _report(self, target: Target, ending: Ending) -> None:
        if ending.response is None:
            reason = WITHOUT_ANSWER.get(ending.status, "")
        else:
            reason = ending.response.reason.decode("utf-8", "replace")
        self.observer.gateway_failed(target, ending.status, reason)

    def cancel(self, now: float) -> None:
        """The caller gave up (section 16.10). Branches that never spoke need not be waited for."""
        if self.finished:
            return
        self.cancelled = True
        self._stop_trying(now)
        for branch in list(self.branches):
            if branch.pending and branch.unheard:
                branch.give_up(487, now)

    def expired(self, _event: str, now: float) -> None:
        """The present group has rung long enough."""
        self._stop_timer()
        if self.finished:
            return
        self._skip_failover()
        for branch in list(self.branches):
            if branch.pending:
                branch.give_up(408, now)

    def _stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.reserve is not None:
            self.reserve.stop()
            self.reserve = None

    def _finish(self, now: float) -> None:
        """Nothing is left to try: answer with the best of what came."""
        self.finished = True
        self.branches.clear()
        if self.media is not None:
            self.media.failed()
        best = best_of(self.endings)
        if self.cancelled and best.status < 600:
            best = next((end for end in self.endings if end.status == 487), Ending(487, None))
        if best.status == 408 and not self.invite:
            self.server.abandon(now)
            self.observer.failed(408, now)
            return
        status, data = self._final(best)
        self.server.respond(status, data, now)
        self.observer.failed(status, now)

    def _final(self, best: Ending) -> tuple[int, bytes]:
        if best.status == 503:  # ours to know, not the caller's: section 16.7 step 6
            return 500, response(self.request, 500, tag=self.proxy.new_tag())
        if best.response is None:
            return best.status, response(self.request, best.status, tag=self.proxy.new_tag())
        extra = other_challenges(best, self.endings)
        return best.status, forwarded_response(best.response, extra)

    def _upstream(self, branch: Branch, message: Response) -> bytes:
        return forwarded_response(message, drop=_dropped(branch.target))


def _dropped(target: Target) -> frozenset[bytes]:
    """Headers that a response from there does not bring to the caller."""
    return _NOTHING if target.gateway or not target.name else IDENTITY_HEADERS


class Surroundings:
    """What forks and branches need of the node they run in."""

    wheel: TimerWheel
    transactions: TransactionLayer

    def new_tag(self) -> bytes:
        """A tag for a response of our own."""
        raise NotImplementedError

    def via(self, flow: Flow) -> bytes:
        """Our Via line for that flow, up to and including the branch cookie."""
        raise NotImplementedError

    def stream_for(self, flow: Flow, now: float) -> Flow | None:
        """TCP in place of that UDP, where it is known or likely to be there."""
        raise NotImplementedError

    def unavailable(self, flow: Flow, response: Response | None, now: float) -> None:
        """Nobody was found that way, or a 503 was."""
        raise NotImplementedError
