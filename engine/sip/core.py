"""The SIP node without its sockets: datagrams and time go in, datagrams and events come out.

It finds out what a message is (a retransmission, an ACK, a response, something new) and hands it
on. What is done about a new request stands in `service`; here is only what RFC 3261 says about
belonging together. Sans-IO, so every behaviour can be tested with a clock of one's own.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from engine.sip.calls import Calls
from engine.sip.config import SipConfig
from engine.sip.errors import Refused
from engine.sip.events import MessageDropped, SipEvent, address_of
from engine.sip.flow import Flow, ListenAddress
from engine.sip.location import Location
from engine.sip.proxy.domain import PeerAddresses
from engine.sip.proxy.fork import Fork, Surroundings
from engine.sip.randomness import random_hex
from engine.sip.service import Service
from engine.sip.timer import TimerWheel
from engine.sip.transaction import Output, ServerTransaction, TransactionLayer, server_key
from engine.sip.transaction.tables import ACCEPTED, ACK, REQUEST
from engine.sip.wire import BrokenRequest, Request, SipParseError, parse_message
from engine.sip.wire.build import note_source, response
from engine.sip.wire.message import METHODS

REPORTED_DROPS = 10
"""MessageDropped events a second: a flood of garbage must not become a flood of log lines."""

COUNTED = {method: f"requests {method}" for method in METHODS.values()}
"""Names of counters: a stranger's inventions must not make more of them."""

SHORTEST = 16
"""Bytes below which a datagram may be a keep-alive."""


class SipCore(Surroundings):
    """One node. Call `receive` and `advance`, then send what is in `output` and clear it."""

    def __init__(
        self, config: SipConfig, sink: Callable[[SipEvent], None], now: float, wall: float
    ) -> None:
        self.output: Output = []
        self.wheel = TimerWheel(now)
        self.transactions = TransactionLayer(self.wheel, self.output)
        self.location = Location()
        self.calls = Calls(sink)
        self.counts: Counter[str] = Counter()
        self._sink = sink
        self.wall_offset = wall - now
        self._now = now
        self._drops = (0, 0)
        self.service = Service(self, config, sink)

    def configure(
        self, config: SipConfig, listeners: Sequence[ListenAddress], peers: PeerAddresses
    ) -> None:
        """Take over a configuration, at once and completely. Transactions go on as they began."""
        self.service.configure(config, listeners, peers)

    def wall(self) -> float:
        """Time of the message or timer at hand, seconds since the epoch."""
        return self._now + self.wall_offset

    def note_time(self, now: float) -> None:
        """Somebody other than a message or timer acts at that time."""
        self._now = now

    def new_tag(self) -> bytes:
        """A tag for a response of ours."""
        return random_hex()

    def advance(self, now: float) -> None:
        """Let timers fire and registrations expire."""
        self._now = now
        self.wheel.advance(now)
        self.service.registrar.expire(self.wall())

    def receive(self, data: bytes, source: Flow, now: float) -> None:
        """One datagram, or one message of a stream."""
        self._now = now
        if len(data) < SHORTEST and not data.strip(b"\r\n\0 \t"):
            return  # keep-alive
        try:
            message = parse_message(data)
        except BrokenRequest as error:
            self._refuse_broken(error, source)
        except SipParseError as error:
            self.drop(source, error.reason, len(data))
        else:
            if isinstance(message, Request):
                self._request(message, source, now)
            elif not self.transactions.receive(message, now):
                self.counts["stray responses"] += 1

    def _refuse_broken(self, error: BrokenRequest, source: Flow) -> None:
        """Answer without a transaction what is not good enough for one (section 16.3 step 1)."""
        request = error.request
        try:
            request.check_answerable()
        except SipParseError:
            self.drop(source, error.reason, len(request.start_line))
            return
        try:
            request.read_via()
            flow = _reply_flow(request, source)
            note_source(request, source.host, source.port)
        except SipParseError:
            flow = source  # its Via is what is broken
        self.counts["malformed requests"] += 1
        reason = error.reason.encode("ascii", "replace")
        data = response(request, error.status, reason, tag=self.new_tag())
        self.output.append((flow, data, None))

    def drop(self, source: Flow, reason: str, size: int) -> None:
        """Ignore a message, and say so now and then."""
        self.counts["dropped messages"] += 1
        second, reported = self._drops
        if second != int(self._now):
            second, reported = int(self._now), 0
        self._drops = second, reported + 1
        if reported < REPORTED_DROPS:
            self._sink(MessageDropped(address_of(source), reason, size))

    def _request(self, request: Request, source: Flow, now: float) -> None:
        method = request.method
        key = server_key(request, "INVITE" if method == "ACK" else method)
        known = self.transactions.servers.get(key)
        if known is not None and not (method == "ACK" and known.state is ACCEPTED):
            known.feed(ACK if method == "ACK" else REQUEST, now)
            return
        reply = _reply_flow(request, source)
        if method == "ACK":
            self.service.acknowledge(request, source)
            return
        invite = server_key(request, "INVITE") if method == "CANCEL" else None
        note_source(request, source.host, source.port)
        server = self.transactions.accept(request, key, reply)
        if invite is not None:
            self._cancel(server, self.transactions.servers.get(invite), now)
            return
        self.counts[COUNTED.get(method, "requests other")] += 1
        self._serve(server, source, now)

    def _serve(self, server: ServerTransaction, source: Flow, now: float) -> None:
        try:
            self.service.serve(server, source, now)
        except Refused as refusal:
            self._refuse(server, refusal, now)
        except SipParseError as error:
            self._refuse(server, Refused(error.status, error.reason.encode()), now)

    def _refuse(self, server: ServerTransaction, refusal: Refused, now: float) -> None:
        self.counts[f"refused {refusal.status}"] += 1
        data = response(
            server.request, refusal.status, refusal.reason, self.new_tag(), refusal.headers
        )
        if server.proved:
            server.respond(refusal.status, data, now)
            return
        # Stateless (section 8.2.7): floods of strangers leave nothing behind, and a forged
        # source is not sent ten copies of a 407 that nobody will acknowledge.
        self.output.append((server.flow, data, None))
        server.abandon(now)

    def _cancel(
        self, server: ServerTransaction, invite: ServerTransaction | None, now: float
    ) -> None:
        """CANCEL hop by hop (sections 9.2 and 16.10). No challenge: it cannot be answered."""
        if invite is None or invite.flow != server.flow:
            self._refuse(server, Refused(481), now)
            return
        server.respond(200, response(server.request, 200, tag=self.new_tag()), now)
        if isinstance(invite.user, Fork):
            invite.user.cancel(now)


def _reply_flow(request: Request, source: Flow) -> Flow:
    """Where responses go (section 18.2.2, RFC 3581): to the sender, never where a Via points.

    `maddr` is ignored: it would let anybody aim our responses at anyone.
    """
    via = request.via
    if source.reliable or via.mentions(b"rport"):
        return source
    port = via.port or 5060
    return source if port == source.port else source._replace(port=port)
