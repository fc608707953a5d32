"""SIP PnP without sockets: datagrams, their source and the time go in, datagrams come out.

Reads no clock. Transactions and their timers are those of the SIP engine (RFC 3261 sections
17.1.2 and 17.2.2): a NOTIFY is sent again until it is answered, for 32 seconds at most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from engine.pnp.answers import accepted, notification
from engine.pnp.asking import Asked, read
from engine.pnp.events import PnpEvent, PnpFloods, PnpSilent, PnpTold, PnpUnheard
from engine.pnp.limits import Limits
from engine.sip.flow import Flow, ListenAddress
from engine.sip.randomness import random_hex
from engine.sip.timer import TimerWheel
from engine.sip.transaction import (
    COOKIE,
    ClientTransaction,
    Output,
    TransactionLayer,
    server_key,
)
from engine.sip.transaction.tables import REQUEST
from engine.sip.wire import Request, Response, SipParseError, parse_message
from engine.sip.wire.build import note_source

MOST: Final = 2000
"""Phones that are being answered at a time. The next ones are not: they ask again."""


@dataclass(frozen=True, slots=True)
class PnpConfig:
    """Immutable, and replaced as a whole."""

    networks: tuple[IPv4Network | IPv6Network, ...]
    """Where phones are; nobody else is heard."""
    url: Callable[[Asked, str], str | None]
    """What is asked, from which address → a URL that holds no secret; None is silence."""

    def local(self, host: str) -> bool:
        """Whether an address is in one of the networks."""
        address = ip_address(host)
        return any(address in network for network in self.networks)


class PnpCore:
    """One group's listener and its sender. What is to be sent collects in `output`."""

    def __init__(
        self,
        config: PnpConfig,
        group: ListenAddress,
        sender: ListenAddress,
        sink: Callable[[PnpEvent], None],
        now: float,
    ) -> None:
        """200s leave by `group`, where the request came in; NOTIFYs by `sender`, which hears
        their answers: the router may well have the usual port."""
        self.config = config
        self.sink = sink
        self.output: Output = []
        self.wheel = TimerWheel(now)
        self._group = group
        self._sender = sender
        self._transactions = TransactionLayer(self.wheel, self.output)
        self._limits = Limits(now)
        self._telling: dict[tuple[str, str], Telling] = {}

    def receive(self, data: bytes, host: str, port: int, now: float) -> None:
        """A datagram to the group. Whatever it is, nothing is raised."""
        if not self.config.local(host):
            return
        if not self._limits.hear(host, now):
            self._ignore(host, "it asks too often", now)
            return
        try:
            message = parse_message(data)
            if isinstance(message, Request):
                self._request(message, host, port, now)
        except SipParseError:
            return  # a group is no place to discuss syntax

    def answered(self, data: bytes, host: str, now: float) -> None:
        """A datagram to the sender: the answer to a NOTIFY, or nothing of ours."""
        try:
            message = parse_message(data)
        except SipParseError:
            return
        if isinstance(message, Response):
            key = message.via.branch, message.cseq[1]
            transaction = self._transactions.clients.get(key)
            if transaction is not None and transaction.flow.host == host:
                self._transactions.receive(message, now)

    def advance(self, now: float) -> None:
        """Let time pass."""
        self.wheel.advance(now)

    def _ignore(self, host: str, reason: str, now: float) -> None:
        if self._limits.first_time(host, reason, now):
            self.sink(PnpFloods(host, reason))

    def _request(self, request: Request, host: str, port: int, now: float) -> None:
        key = (host, *server_key(request, request.method))
        known = self._transactions.servers.get(key)
        if known is not None:
            known.feed(REQUEST, now)
            return
        asked = read(request)
        if asked is None or len(self._transactions.servers) >= MOST:
            return
        if asked.mac and not self._limits.names(host, asked.mac, now):
            self._ignore(host, "it asks in the name of too many phones", now)
            return
        url = self.config.url(asked, host)
        if url is None:
            if self._limits.first_time(host, "silent", now):
                self.sink(PnpSilent(asked.mac, shown(asked), host))
            return
        note_source(request, host, port)
        # RFC 3581 section 4: who does not ask for rport is answered at the port of its Via.
        back = port if request.via.mentions(b"rport") else request.via.port or 5060
        server = self._transactions.accept(request, key, Flow(self._group, host, back))
        tag = random_hex()
        server.respond(200, accepted(request, tag, self._sender), now)
        self._notify(request, Telling(self, asked, host, url), tag, now)

    def _notify(self, request: Request, telling: "Telling", tag: bytes, now: float) -> None:
        asked, branch = telling.asked, COOKIE + random_hex()
        data = notification(request, asked, telling.url, tag, branch, self._sender)
        # Only where it asked from: a contact elsewhere may be somebody's victim.
        flow = Flow(self._sender, telling.host, asked.port)
        before = self._telling.get(telling.key)
        if before is not None and before.transaction is not None:
            before.transaction.terminate(now)  # it asked anew: the last answer is the one
        self._telling[telling.key] = telling
        telling.transaction = self._transactions.send(flow, data, branch, b"NOTIFY", telling, now)

    def done(self, telling: "Telling", event: PnpEvent) -> None:
        """A phone took its URL, or did not."""
        if self._telling.get(telling.key) is telling:
            del self._telling[telling.key]
        self.sink(event)

    def __len__(self) -> int:
        return len(self._telling)


class Telling:
    """A NOTIFY that is under way; hears what becomes of it."""

    __slots__ = ("_core", "asked", "host", "transaction", "url")

    def __init__(self, core: PnpCore, asked: Asked, host: str, url: str) -> None:
        self._core = core
        self.asked = asked
        self.host = host
        self.url = url
        self.transaction: ClientTransaction | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Who is told."""
        return self.host, self.asked.mac

    def answered(self, response: Response, now: float) -> None:
        """A response of the phone; a provisional one says nothing."""
        if response.status < 200:
            return
        if response.status >= 300:
            self.failed(response.status, now)
            return
        told = PnpTold(self.asked.mac, shown(self.asked), self.host, self.url)
        self._core.done(self, told)

    def failed(self, status: int, now: float) -> None:
        """It will not be told."""
        event = PnpUnheard(self.asked.mac, shown(self.asked), self.host, status)
        self._core.done(self, event)


def shown(asked: Asked) -> str:
    """Vendor and model, as far as it said them, else its User-Agent."""
    return f"{asked.vendor} {asked.model}".strip() or asked.user_agent
