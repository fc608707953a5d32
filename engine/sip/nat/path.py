"""The session descriptions of one request and of the responses to it.

A path stands between a fork and its branches. It may hold a request or a response for the moment
that rtpengine takes to answer, and lets it go on in the same fork. Order is kept: what comes after
a response that is held waits behind it.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from engine.sip.nat.addresses import is_private
from engine.sip.nat.exchange import Exchange, description_in
from engine.sip.nat.reach import End, end_at, obstacle
from engine.sip.nat.rtpengine import Reply
from engine.sip.nat.sdp import corrected, description_of, parse_session
from engine.sip.nat.treatment import ALONE, CORRECTED, RELAYED, Treatment
from engine.sip.proxy.branch import Branch, Target
from engine.sip.proxy.choice import Ending
from engine.sip.randomness import random_hex
from engine.sip.wire import Request, Response, SipParseError
from engine.sip.wire.build import replace_body

if TYPE_CHECKING:
    from engine.sip.nat.media import Media, Origin

MAX_HELD: Final = 16
"""Responses of one branch that wait at a time: a phone sends a few."""


class Arrival(NamedTuple):
    """A request and the end that it came from."""

    request: Request
    sender: End


class MediaPath:
    """One request. Knows of each of its branches what became of its description."""

    __slots__ = ("_legs", "_origin", "_said", "_treatment", "body", "media", "request", "sender")

    def __init__(
        self,
        media: "Media",
        arrival: Arrival,
        treatment: Treatment | None,
        origin: "Origin | None" = None,
    ) -> None:
        """`treatment` is that of the dialog; None for a call that begins, which has an origin."""
        self.media = media
        self.request, self.sender = arrival
        self.body = description_of(self.request)
        self._treatment = treatment
        self._origin = origin
        self._said = False
        self._legs: dict[Branch, _Leg] = {}

    def treatment(self, target: Target) -> Treatment:
        """What happens to media between the sender and that target."""
        if self._treatment is not None:
            return self._treatment
        return self.media.decide(self.sender, target)

    def launch(self, branch: Branch, now: float) -> None:
        """Send a branch's request, as soon as its description is ready."""
        treatment = self.treatment(branch.target)
        if not self.media.relays:
            self._warn_of_obstacle(branch.target)
        if treatment == ALONE:
            branch.fork.send(branch, None, now)
            return
        leg = self._legs[branch] = _Leg(self, branch, treatment)
        leg.launch(now)

    def answered(self, branch: Branch, response: Response, now: float) -> None:
        """Let a branch go on with a response, as soon as its description is ready."""
        leg = self._legs.get(branch)
        if leg is None:
            branch.proceed(response, now)
        else:
            leg.answered(response, now)

    def acknowledge(self, target: Target, send: Callable[[bytes | None], None]) -> None:
        """Send an ACK, which answers an offer in the 2xx if it has a description."""
        other = end_at(target)
        if self._treatment != RELAYED or not self.body:
            send(correction(self.body, self.sender, other))
            return
        tags = self.request.recipient.tag, self.request.sender.tag
        exchange = Exchange("answer", self.request.call_id, *tags, b"", self.sender, other)
        self.media.relays.ask(
            self.request.call_id,
            exchange.command(self.body),
            lambda reply, now: send(description_in(reply)[0] or None),
        )

    def won(self, branch: Branch) -> None:
        """That branch was answered first. A relay that only others wanted is let go."""
        self.media.forget_late(self.request.call_id)
        leg = self._legs.get(branch)
        if leg is None or not leg.relayed:
            self._let_go()

    def failed(self) -> None:
        """Nobody answered."""
        self.media.forget_late(self.request.call_id)
        self._let_go()

    def _let_go(self) -> None:
        """Only a call that began: within a dialog a refusal changes nothing."""
        if self._treatment is None and any(leg.relayed for leg in self._legs.values()):
            self.media.end(self.request.call_id, self.request.sender.tag)

    def _warn_of_obstacle(self, target: Target) -> None:
        reason = obstacle(self.sender, end_at(target)) if self._treatment is None else ""
        if reason and not self._finds_its_way(target):
            self.warn(f"{reason}, and there is no media relay")

    def _finds_its_way(self, target: Target) -> bool:
        """Whether NAT may be overcome by ICE."""
        if self.sender.browser != end_at(target).browser or not self.body:
            return False
        try:
            return parse_session(self.body).ice
        except SipParseError:
            return False

    def warn(self, reason: str) -> None:
        """Say once in a call why nobody may hear anything."""
        if self._origin is not None and not self._said:
            self._said = True
            self.media.unlikely(self.request.call_id, self._origin, reason)


class _Leg:
    """One branch of a request whose media is not left alone."""

    __slots__ = (
        "_branch", "_given", "_known", "_mark", "_other", "_path", "_treatment", "_waiting",
        "relayed",
    )  # fmt: skip

    def __init__(self, path: MediaPath, branch: Branch, treatment: Treatment) -> None:
        self._path = path
        self._branch = branch
        self._treatment = treatment
        self._other = end_at(branch.target)
        self._mark = b"" if path.request.recipient.tag else random_hex()
        self._known: tuple[bytes, bytes] | None = None
        """Tag and description of the response that the relay was asked about last."""
        self._given = b""
        """What it said."""
        self._waiting: deque[Response] = deque()
        """The first is held, the others wait behind it."""
        self.relayed = False
        """The relay knows of this branch."""

    def launch(self, now: float) -> None:
        """Send the request, with the description that the other end is to get."""
        path = self._path
        if not path.body:
            if path.request.method == "INVITE" and self._treatment == RELAYED:
                path.media.note_late(path.request.call_id)
            self._send(None, now)
        elif self._treatment == CORRECTED:
            self._send(correction(path.body, path.sender, self._other), now)
        else:
            self._branch.held = True
            exchange = self._of_request()
            path.media.relays.ask(
                exchange.call_id, exchange.command(path.body), self._request_ready
            )

    def _of_request(self) -> Exchange:
        """An offer; but a PRACK may answer what came in a provisional response (RFC 3262)."""
        request, call_id = self._path.request, self._path.request.call_id
        mine, theirs = request.sender.tag, request.recipient.tag
        ends = self._path.sender, self._other
        if request.method == "PRACK" and self._path.media.is_late(call_id):
            return Exchange("answer", call_id, theirs, mine, b"", *ends)
        return Exchange("offer", call_id, mine, theirs, self._mark, *ends)

    def _request_ready(self, reply: Reply | None, now: float) -> None:
        path = self._path
        description, problem = description_in(reply)
        self.relayed = bool(description)
        self._branch.held = False
        if problem:
            path.warn(problem)
        if self._branch.cancelled:
            self._branch.end(Ending(487, None), now)
        elif self._branch.pending:
            self._send(description or correction(path.body, path.sender, self._other), now)

    def _send(self, body: bytes | None, now: float) -> None:
        self._branch.fork.send(self._branch, body, now)

    def answered(self, response: Response, now: float) -> None:
        """A response came: pass it on, now or when the relay has answered."""
        if self._waiting:
            over = self._waiting[-1].status >= 200  # what comes now is that one again
            if not over and len(self._waiting) < MAX_HELD:
                self._waiting.append(response)
            return
        body = description_of(response)
        if not body or not self._wants_relay():
            replacement = correction(body, self._other, self._path.sender)
            self._proceed(response, replacement, now)
            return
        exchange = self._of_response(response)
        asked = response.recipient.tag, body
        if asked == self._known:
            self._proceed(response, self._given, now)
            return
        self._known = asked
        self._waiting.append(response)
        self._path.media.relays.ask(exchange.call_id, exchange.command(body), self._response_ready)

    def _wants_relay(self) -> bool:
        """An answer to an offer that the relay has; or itself the offer of who is called."""
        offers = self._path.request.method == "INVITE" and not self._path.body
        return self._treatment == RELAYED and (self.relayed or offers)

    def _of_response(self, response: Response) -> Exchange:
        call_id = self._path.request.call_id
        mine, theirs = self._path.request.sender.tag, response.recipient.tag
        ends = self._other, self._path.sender
        if self._path.body:
            return Exchange("answer", call_id, mine, theirs, self._mark, *ends)
        return Exchange("offer", call_id, theirs, mine, b"", *ends)

    def _response_ready(self, reply: Reply | None, now: float) -> None:
        response = self._waiting.popleft()
        description, problem = description_in(reply)
        if problem:
            self._path.warn(problem)
        self.relayed = self.relayed or bool(description)
        self._given = description or response.body
        behind = list(self._waiting)
        self._waiting.clear()
        self._proceed(response, self._given, now)
        for each in behind:
            self.answered(each, now)

    def _proceed(self, response: Response, body: bytes | None, now: float) -> None:
        if body is not None:
            replace_body(response, body)
        self._branch.proceed(response, now)


def correction(body: bytes, sender: End, receiver: End) -> bytes | None:
    """The description with the address that others reach its sender at; None if it is right.

    An end whose own address is private, and whose packets come from the internet, cannot know it.
    """
    if not body or is_private(sender.host) or sender.host == receiver.host:
        return None
    try:
        replacement = corrected(body, sender.host)
    except SipParseError:
        return None  # not ours to judge: the other end will
    return replacement if replacement != body else None
