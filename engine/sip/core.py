"""The SIP node without its sockets: datagrams and time go in, datagrams and events come out.

It finds out what a message is (a retransmission, an ACK, a response, something new) and hands it
on. What is done about a new request stands in `service`; here is only what RFC 3261 says about
belonging together. Sans-IO, so every behaviour can be tested with a clock of one's own.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from engine.sip.calls import Calls
from engine.sip.config import RelayAddress, SipConfig
from engine.sip.errors import Refused
from engine.sip.events import MessageDropped, SipEvent, address_of
from engine.sip.flow import Flow, ListenAddress
from engine.sip.guard import Guard
from engine.sip.guard.guard import MALFORMED, UNPROVED
from engine.sip.guard.reports import Reports
from engine.sip.health import LONGEST_PENALTY, PENALTY, Health
from engine.sip.location import Binding, Location
from engine.sip.nat.keep_alive import MARK, KeepAlives
from engine.sip.nat.media import Media
from engine.sip.probe import Prober
from engine.sip.proxy.domain import PeerServers
from engine.sip.proxy.fork import Fork, Surroundings
from engine.sip.randomness import random_hex
from engine.sip.service import Service
from engine.sip.timer import TimerWheel
from engine.sip.transaction import Output, ServerTransaction, TransactionLayer, server_key
from engine.sip.transaction.tables import ACCEPTED, ACK, REQUEST
from engine.sip.wire import BrokenRequest, Request, Response, SipParseError, parse_message
from engine.sip.wire.build import note_source, response
from engine.sip.wire.message import METHODS

COUNTED = {method: f"requests {method}" for method in METHODS.values()}
"""Names of counters: a stranger's inventions must not make more of them."""

MOST_TRANSACTIONS = 250_000
"""Server transactions at a time, of which each proved to be somebody's: 2,500 calls a second, as
each is remembered for half a minute."""
RESERVED = 50_000
"""More of them for emergency calls and for what ends calls."""

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
        self.keep_alives = KeepAlives(self)
        self.media = Media(self, sink)
        self.location.translated = self._behind_nat
        self.calls = Calls(sink)
        self.counts: Counter[str] = Counter()
        self.health = Health()
        self.chance = Random()  # noqa: S311  spreads load and probes; nobody gains by guessing it
        self.prober = Prober(self, sink)
        self._reports = Reports(sink, self.counts)
        self.wall_offset = wall - now
        self._now = now
        self.guard = Guard(self.report, self.counts, self.now)
        self._by_host = self.guard.by_host
        self.service = Service(self, config, sink)

    def configure(
        self, config: SipConfig, listeners: Sequence[ListenAddress], peers: PeerServers
    ) -> None:
        """Take over a configuration, at once and completely. Transactions go on as they began."""
        self.service.configure(config, listeners, peers)
        self.prober.follow(self.service.domain, self._now)
        hosts = {host for servers in peers.values() for each in servers for host in each.hosts}
        hosts.update(config.hosts, (listener.host for listener in listeners))
        self.guard.configure(config.protection, sorted(hosts), config.is_emergency)
        self.keep_alives.follow(self.service.domain, config.keep_alive)
        self.media.configure(config)

    def wall(self) -> float:
        """Time of the message or timer at hand, seconds since the epoch."""
        return self._now + self.wall_offset

    def note_time(self, now: float) -> None:
        """Somebody other than a message or timer acts at that time."""
        self._now = now

    def now(self) -> float:
        """Time of the message or timer at hand, of the monotonic clock."""
        return self._now

    def stream_for(self, flow: Flow, now: float) -> Flow | None:
        """TCP in place of that UDP, unless it was tried in vain a short while ago."""
        stream = self.service.domain.stream_to(flow)
        return stream if stream is not None and self.health.good(stream, now) else None

    def unavailable(self, flow: Flow, response: Response | None, now: float) -> None:
        """Try that way last for a while; TCP that was only guessed, for longer."""
        penalty = LONGEST_PENALTY if self.service.domain.is_guess(flow) else PENALTY
        self.health.failed(flow, response, now, penalty)

    def _behind_nat(self, binding: Binding) -> None:
        """A phone behind NAT registered."""
        self.media.awake = True
        self.keep_alives.add(binding)

    def relay_answered(self, data: bytes, address: RelayAddress, now: float) -> None:
        """A datagram from an rtpengine."""
        self._now = now
        self.media.relays.receive(data, address, now)

    def relay_unreachable(self, address: RelayAddress, now: float) -> None:
        """What was sent to that rtpengine came back."""
        self._now = now
        self.media.relays.unreachable(address, now)

    def new_tag(self) -> bytes:
        """A tag for a response of ours."""
        return random_hex()

    def advance(self, now: float) -> None:
        """Let timers fire and registrations expire."""
        self._now = now
        self.wheel.advance(now)
        self.service.registrar.expire(self.wall())
        self.calls.expire(self.wall())
        self.guard.advance()

    def receive(self, data: bytes, source: Flow, now: float) -> None:
        """One datagram, or one message of a stream."""
        self._now = now
        if len(data) < SHORTEST and not data.strip(b"\r\n\0 \t"):
            return  # keep-alive
        standing = self._by_host.get(source.host) or self.guard.meet(source.host)
        standing.left -= 1
        if standing.left < 0 and not self.guard.more(standing, data):
            return
        try:
            message = parse_message(data)
        except BrokenRequest as broken:
            self._refuse_broken(broken, source)
        except SipParseError as error:
            self.drop(source, error.reason, len(data))
        else:
            if isinstance(message, Request):
                if standing.stranger and self.guard.scans(
                    standing, message.value(b"user-agent"), source.reliable
                ):
                    return
                self._request(message, source, now)
            elif not self.transactions.receive(message, now):
                alive = message.via.branch.startswith(MARK)
                self.counts["keep-alives answered" if alive else "stray responses"] += 1

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
        self._blame(source)
        reason = error.reason.encode("ascii", "replace")
        data = response(request, error.status, reason, tag=self.new_tag())
        self.output.append((flow, data, None))

    def drop(self, source: Flow, reason: str, size: int) -> None:
        """Ignore a message, and say so now and then."""
        self.counts["dropped messages"] += 1
        self._blame(source)
        self.report(MessageDropped(address_of(source), reason, size))

    def _blame(self, source: Flow) -> None:
        """For a malformed message, unless the source of it may be forged: no user sends such."""
        if source.reliable:
            self.guard.accuse(source.host, MALFORMED, "malformed")

    def report(self, event: SipEvent) -> None:
        """Tell an event that strangers can cause, unless there are too many of its kind."""
        self._reports.tell(event, self._now)

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
        if method == "REGISTER":
            challenge = self.service.challenge(request, source)
            if challenge is not None:
                self._answer_stranger(request, source, reply, challenge)
                return
        if len(self.transactions.servers) >= MOST_TRANSACTIONS and self._overloaded(
            request, source
        ):
            return
        invite = server_key(request, "INVITE") if method == "CANCEL" else None
        note_source(request, source.host, source.port)
        server = self.transactions.accept(request, key, reply)
        if invite is not None:
            self._cancel(server, self.transactions.servers.get(invite), now)
            return
        self.counts[COUNTED.get(method, "requests other")] += 1
        self._serve(server, source, now)

    def _answer_stranger(
        self, request: Request, source: Flow, reply: Flow, refusal: Refused
    ) -> None:
        """Ask for a password and remember nothing (section 8.2.7): see also `_refuse`."""
        self.counts["requests REGISTER"] += 1
        self.counts[f"refused {refusal.status}"] += 1
        note_source(request, source.host, source.port)
        data = response(request, refusal.status, b"", self.new_tag(), refusal.headers)
        self.output.append((reply, data, None))
        self.guard.accuse(source.host, UNPROVED, "unproved")

    def _overloaded(self, request: Request, source: Flow) -> bool:
        """The table is full: nothing new is begun but emergency calls. What ends calls passes."""
        if len(self.transactions.servers) < MOST_TRANSACTIONS + RESERVED:
            if request.method == "CANCEL" or request.recipient.tag:
                return False
            if self.guard.is_emergency_call(request):
                return False
        self.counts["refused for want of room"] += 1
        if not self._by_host[source.host].stranger:
            flow = _reply_flow(request, source)
            note_source(request, source.host, source.port)
            wait = b"Retry-After: %d" % self.chance.randint(5, 30)
            data = response(request, 503, tag=self.new_tag(), headers=(wait,))
            self.output.append((flow, data, None))
        return True

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
        self.guard.accuse(server.flow.host, UNPROVED, "unproved")

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
