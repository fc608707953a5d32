"""OPTIONS to gateways and other nodes: is anybody there? (RFC 3261 section 11.)

Any final answer but 408 and 503 says yes, an error as well: many gateways refuse OPTIONS, and who
refuses is alive. One answer makes an address up, DOWN_AFTER probes without make it down. Sans-IO:
each address has one timer in the wheel. Nothing is decided here: routing asks engine.sip.health.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final, Literal, NamedTuple, Protocol

from engine.sip.config import Peer
from engine.sip.events import PeerDown, PeerUp, SipEvent, address_of
from engine.sip.flow import Flow
from engine.sip.health import Health
from engine.sip.proxy.domain import Domain, sent_by
from engine.sip.randomness import random_hex
from engine.sip.timer import Timer, TimerWheel
from engine.sip.transaction import COOKIE, ClientTransaction, TransactionLayer
from engine.sip.wire import Response
from engine.sip.wire.uri import bracketed

DOWN_AFTER: Final = 2
"""Probes in a row without answer until an address is down: one may be lost on the way."""
PATIENCE: Final = 4.0
"""Seconds for an answer."""
SOON: Final = 5.0
"""Seconds after a failure, and at most after the start, until the next probe."""
JITTER: Final = 0.1
"""Part of the interval by which probes wander, so that they do not march in step."""
SILENT_STATUSES: Final = (408, 503)

# Timers
DUE: Final = "due"
LATE: Final = "late"


class Probed(NamedTuple):
    """An address to ask."""

    kind: Literal["gateway", "node"]
    id: str
    flow: Flow
    interval: float


class Standing(NamedTuple):
    """What probes found out about an address."""

    state: Literal["unknown", "up", "down"]
    since: float | None
    """Seconds since the epoch; None when there are no probes."""
    reason: str
    """Of the last failure; empty when the last probe was answered."""
    round_trip: float | None
    """Seconds that the last answer took."""


class Asking(Protocol):
    """What probes need of the node they run in."""

    wheel: TimerWheel
    transactions: TransactionLayer
    health: Health
    chance: Random

    def wall(self) -> float:
        """Seconds since the epoch."""


class Prober:
    """Keeps one probe for each address that is to be probed."""

    def __init__(self, node: Asking, sink: Callable[[SipEvent], None]) -> None:
        self.node = node
        self.sink = sink
        self.domain: Domain
        self._probes: dict[Probed, Probe] = {}

    def follow(self, domain: Domain, now: float) -> None:
        """Probe what this configuration says. What was probed before goes on undisturbed."""
        self.domain = domain
        wanted = dict.fromkeys(probed_of(domain))
        for probed in [each for each in self._probes if each not in wanted]:
            self._probes.pop(probed).stop(now)
        for probed in wanted:
            if probed not in self._probes:
                self._probes[probed] = Probe(self, probed, now)

    def standing(self, probed: Probed) -> Standing | None:
        """What is known of an address; None when it is not probed."""
        probe = self._probes.get(probed)
        return None if probe is None else probe.standing


class Probe:
    """One address: its timer and its state."""

    __slots__ = ("_client", "_misses", "_probed", "_prober", "_sent", "_timer", "standing")

    def __init__(self, prober: Prober, probed: Probed, now: float) -> None:
        self._prober = prober
        self._probed = probed
        self._client: ClientTransaction | None = None
        self._misses = 0
        self._sent = now
        self.standing = Standing("unknown", prober.node.wall(), "", None)
        first = min(probed.interval, SOON) * prober.node.chance.random()
        self._timer: Timer = prober.node.wheel.schedule(now + first, self, DUE)

    def stop(self, now: float) -> None:
        """Ask no more, and hold nothing against the address."""
        self._timer.cancel()
        self._close(now)
        self._prober.node.health.forget(self._probed.flow)

    def expired(self, event: str, now: float) -> None:
        """Time to ask, or no answer in time."""
        if event is DUE:
            self._ask(now)
        else:
            self._close(now)
            self._missed("no answer", now)

    def _ask(self, now: float) -> None:
        node, flow = self._prober.node, self._probed.flow
        self._sent = now
        self._timer = node.wheel.schedule(now + PATIENCE, self, LATE)
        branch = COOKIE + random_hex()
        message = options_request(self._prober.domain, flow, _server_uri(flow), branch)
        self._client = node.transactions.send(flow, message, branch, b"OPTIONS", self, now)

    def answered(self, response: Response, now: float) -> None:
        """Somebody is there, unless a proxy on the way says that nobody is."""
        if response.status < 200:
            return
        self._timer.cancel()
        self._client = None
        if response.status in SILENT_STATUSES:
            reason = response.reason.decode("utf-8", "replace")
            self._missed(f"{response.status} {reason}".rstrip(), now)
        else:
            self._met(now)

    def failed(self, status: int, now: float) -> None:
        """The transport could not deliver."""
        self._timer.cancel()
        self._client = None
        self._missed("no connection" if status == 503 else "no answer", now)

    def _met(self, now: float) -> None:
        before = self.standing
        self._misses = 0
        since = before.since if before.state == "up" else self._prober.node.wall()
        self.standing = Standing("up", since, "", now - self._sent)
        self._prober.node.health.mark(self._probed.flow, up=True)
        if before.state == "down":
            kind, id_, flow, _ = self._probed
            self._prober.sink(PeerUp(kind, id_, address_of(flow)))
        self._again(self._probed.interval, now)

    def _missed(self, reason: str, now: float) -> None:
        before = self.standing
        self._misses += 1
        self.standing = before._replace(reason=reason, round_trip=None)
        if self._misses >= DOWN_AFTER and before.state != "down":
            self._went_down(reason)
        interval = self._probed.interval
        self._again(interval if self.standing.state == "down" else min(interval, SOON), now)

    def _went_down(self, reason: str) -> None:
        kind, id_, flow, _ = self._probed
        self.standing = Standing("down", self._prober.node.wall(), reason, None)
        self._prober.node.health.mark(flow, up=False)
        self._prober.sink(PeerDown(kind, id_, address_of(flow), reason))

    def _again(self, seconds: float, now: float) -> None:
        node = self._prober.node
        wander = 1 + JITTER * (2 * node.chance.random() - 1)
        self._timer = node.wheel.schedule(now + seconds * wander, self, DUE)

    def _close(self, now: float) -> None:
        """Send no more of a probe that nobody answers."""
        if self._client is not None:
            self._client.terminate(now)
            self._client = None


def probed_of(domain: Domain) -> Iterator[Probed]:
    """All that a configuration wants probed: each way to a gateway, and each other router."""
    for id_, gateway in domain.config.peers.items():
        if gateway.probe is not None:
            for choice in domain.ways_to(id_):
                for flow in choice.flows:
                    yield Probed("gateway", id_, flow, gateway.probe)
    for id_, node in domain.config.nodes.items():
        flow_to_node = node_flow(domain, node)
        if node.probe is not None and flow_to_node is not None:
            yield Probed("node", id_, flow_to_node, node.probe)


def node_flow(domain: Domain, node: Peer) -> Flow | None:
    """The way to another node, which has an IP address, a port and a transport."""
    listener = domain.listener_for(node.transport or "udp", node.host)
    return None if listener is None else Flow(listener, node.host, node.port or 5060)


def _server_uri(flow: Flow) -> bytes:
    """Without a user: it asks the server itself, not for somebody there."""
    place = f"{bracketed(flow.host)}:{flow.port}"
    transport = "" if flow.transport == "udp" else f";transport={flow.transport}"
    return f"sip:{place}{transport}".encode()


def options_request(domain: Domain, flow: Flow, uri: bytes, branch: bytes) -> bytes:
    """OPTIONS of our own."""
    ours = domain.config.domain.encode()
    lines = (
        b"OPTIONS %s SIP/2.0" % uri,
        domain.via(flow.listener) + branch.removeprefix(COOKIE),
        b"Max-Forwards: 70",
        b"From: <sip:%s>;tag=%s" % (ours, random_hex()),
        b"To: <%s>" % uri,
        b"Call-ID: " + random_hex(),
        b"CSeq: 1 OPTIONS",
        b"Contact: <sip:%s>" % sent_by(flow.listener),
        b"Accept: application/sdp",
        b"Content-Length: 0\r\n\r\n",
    )
    return b"\r\n".join(lines)
