"""The asyncio shell around the core: sockets, one timer, and the operator's questions.

The core never sleeps and never reads a clock; this module does nothing else.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence

from engine.sip.calls import Call
from engine.sip.config import Account, RelayAddress, SipConfig
from engine.sip.core import SipCore
from engine.sip.events import PeerRefused, SipEvent, address_of
from engine.sip.flow import Flow, ListenAddress
from engine.sip.guard import Ban
from engine.sip.location import Binding, BindingChange
from engine.sip.nat.rtpengine import RelayState
from engine.sip.nat.sockets import RelaySockets
from engine.sip.notifier import Kept, Messages
from engine.sip.notify import notify_device
from engine.sip.peers import PeerState, gateway_states, node_states
from engine.sip.proxy.way_out import way_out
from engine.sip.resolve import Directory, NameServers
from engine.sip.timer import TICK
from engine.sip.transaction import Transaction
from engine.sip.transaction.tables import UNREACHABLE
from engine.sip.transport import Certificates, Endpoints, Expected
from engine.sip.wire import SipParseError

log = logging.getLogger(__name__)


class SipServer:
    """A registrar and proxy on real sockets.

    `sink` is called with each event as it happens, in the loop: it should be quick.
    """

    def __init__(
        self,
        config: SipConfig,
        sink: Callable[[SipEvent], None],
        name_servers: NameServers | None = None,
    ) -> None:
        """`name_servers` are asked in place of the system's."""
        self._config = config
        self._core = SipCore(config, sink, time.monotonic(), time.time())
        self._sink = sink
        self.certificates = Certificates(sink)
        self._endpoints = Endpoints(self, self.certificates)
        self._timer: asyncio.TimerHandle | None = None
        self._swept = 0.0
        self._relay_sockets = RelaySockets(self._relay_answered, self._relay_lost)
        self._directory = Directory(self._gateways_moved, name_servers)

    @property
    def listening(self) -> list[ListenAddress]:
        """Addresses in use; where port 0 was asked for, the port that was given."""
        return self._endpoints.listening

    async def start(self, addresses: Sequence[ListenAddress]) -> None:
        """Open the sockets and serve. Raises as `reconfigure`, and then nothing is open."""
        await self.reconfigure(self._config, addresses)

    async def reconfigure(self, config: SipConfig, addresses: Sequence[ListenAddress]) -> None:
        """Go over to another configuration and other addresses.

        New sockets are opened first. On ListenError and CertificateError everything goes on as
        before. Registrations, calls and transactions continue in any case.
        """
        spoken = frozenset(address.transport for address in addresses)
        gateways = config.peers.values()
        await self._directory.prepare(gateways, spoken)
        closing = await self._endpoints.change(config, addresses)
        self._config = config
        self._directory.settle(gateways, spoken)
        self._core.configure(config, self.listening, self._directory.servers())
        self._relay_sockets.keep(config.media_relays)
        for endpoint in closing:
            await endpoint.close()
        if config.certificate is None:  # only now does nobody ask for it any more
            self.certificates.use(None)
        if self._timer is None:
            self._tick()

    async def stop(self) -> None:
        """Close the sockets. Bindings stay readable for the store."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._directory.stop()
        self._relay_sockets.keep(())
        await self._endpoints.close()

    # What transports tell and ask: engine.sip.transport.user

    def receive(self, data: bytes, source: Flow) -> None:
        """One message, or one keep-alive."""
        try:
            self._core.receive(data, source, time.monotonic())
        except Exception:  # one message must not stop the service: a defect, told in the log
            self._core.counts["defects"] += 1
            log.exception("a SIP message could not be processed")

    def drained(self) -> None:
        """Send what there is to send."""
        output, send = self._core.output, self._endpoints.send
        while output:
            batch = output[:]
            output.clear()
            for flow, data, sender in batch:
                if not send(flow, data, sender) and sender is not None:
                    sender.feed(UNREACHABLE, time.monotonic())
        if self._core.media.relays.output:
            self._ask_relays()

    def _ask_relays(self) -> None:
        questions = self._core.media.relays.output[:]
        self._core.media.relays.output.clear()
        for address, data in questions:
            self._relay_sockets.send(address, data)

    def _relay_answered(self, data: bytes, address: RelayAddress) -> None:
        self._core.relay_answered(data, address, time.monotonic())
        self.drained()

    def _relay_lost(self, address: RelayAddress) -> None:
        self._core.relay_unreachable(address, time.monotonic())
        self.drained()

    def unreachable(self, sender: Transaction) -> None:
        """A connection could not be made: the transaction fails now, not when its timer does."""
        sender.feed(UNREACHABLE, time.monotonic())
        self.drained()

    def lost(self, request: tuple[bytes, bytes]) -> None:
        """The request with that branch and method did not arrive."""
        sender = self._core.transactions.clients.get(request)
        if sender is not None:
            sender.feed(UNREACHABLE, time.monotonic())

    def broken(self, source: Flow, error: SipParseError, size: int) -> None:
        """A peer's connection is being closed."""
        self._core.drop(source, error.reason, size)

    def ignores(self, host: str) -> bool:
        """Banned addresses get no connection, and no handshake."""
        return self._core.guard.ignores(host)

    def way_out(self, gone: Flow, data: bytes) -> Flow | None:
        """Where to connect instead."""
        return way_out(self._core.service.domain, self._core.location, gone, data)

    def expected(self, flow: Flow) -> Expected | None:
        """Gateways only: of a phone's certificate nothing is known."""
        peer = self._core.service.domain.peer_at(flow)
        return None if peer is None else Expected(peer.id, peer.host, peer.authority)

    def refused(self, expected: Expected, flow: Flow, reason: str) -> None:
        """A gateway's certificate is not what it has to be."""
        self._sink(PeerRefused(expected.gateway, address_of(flow), reason))

    def _tick(self) -> None:
        """The one timer: often while anything waits, else once a second."""
        now = time.monotonic()
        self._core.wall_offset = time.time() - now
        try:
            self._core.advance(now)
        except Exception:  # as in receive
            self._core.counts["defects"] += 1
            log.exception("a SIP timer failed")
        self.drained()
        if now - self._swept > 1.0:
            self._swept = now
            self._endpoints.sweep(now)
        self._timer = asyncio.get_running_loop().call_later(TICK, self._tick)

    def _gateways_moved(self) -> None:
        self._core.configure(self._config, self.listening, self._directory.servers())

    def gateways(self) -> list[PeerState]:
        """Every gateway with its addresses, and what probes say of them."""
        return gateway_states(self._core, self._directory.listing)

    def carried_by(self, gateway: str) -> int:
        """Calls that ring or talk through a gateway, in either direction."""
        return self._core.calls.occupancy.carried_by(gateway)

    def nodes(self) -> list[PeerState]:
        """The other routers of the system, and what probes say of them."""
        return node_states(self._core)

    def media_relays(self) -> list[RelayState]:
        """Every rtpengine, and whether it answers."""
        return self._core.media.relays.states()

    def registrations(self) -> list[Binding]:
        """Every contact of every user."""
        return self._core.location.all()

    def reaches(self, binding: Binding) -> bool:
        """Whether the way to a contact is open; over UDP nobody can tell, so: as far as here."""
        return self._endpoints.reaches(binding.flow)

    def calls(self) -> list[Call]:
        """Calls that ring or were answered and not ended, oldest first."""
        return self._core.calls.all()

    def bans(self) -> list[Ban]:
        """Sources that are ignored now; `until` in seconds since the epoch."""
        offset = self._core.wall_offset
        return [ban._replace(until=ban.until + offset) for ban in self._core.guard.bans()]

    def lift_ban(self, address: str) -> bool:
        """Listen to a source again. False when it is not banned."""
        return self._core.guard.lift(address)

    def counts(self) -> dict[str, int]:
        """Sizes of the tables, and counters since the start."""
        core = self._core
        return {
            "registrations": len(core.location),
            "calls": len(core.calls),
            "server transactions": len(core.transactions.servers),
            "client transactions": len(core.transactions.clients),
            "kept alive": len(core.keep_alives),
            "timers": len(core.wheel),
            "bans": len(core.guard.bans()),
            "sources": len(core.guard),
            "connections": self._endpoints.connections,
            **core.service.notifier.counts(),
            **core.counts,
        }

    def restore(self, bindings: Iterable[Binding]) -> None:
        """Put back registrations that the store kept, of those who may still register.

        Expired ones vanish by themselves.
        """
        bindings = tuple(bindings)
        self._core.location.restore(bindings)
        self._core.service.unregister_strangers()
        for binding in bindings:
            self._core.guard.prove(binding.flow.host, binding.expires - time.time())

    def take_changes(self) -> list[BindingChange]:
        """Changes of registrations since the last call, for the store."""
        return self._core.location.take_changes()

    def set_messages(self, user: str, messages: Messages) -> None:
        """How many voice messages wait for a user: lights the lamps of whoever asked."""
        self._core.note_time(time.monotonic())
        self._core.service.notifier.set_messages(user, messages)

    def restore_events(self, kept: Iterable[Kept]) -> None:
        """Put back subscriptions, publications and message counts; subscribers are told at once."""
        self._core.note_time(time.monotonic())
        self._core.service.notifier.restore(kept)

    def take_event_changes(self) -> list[Kept]:
        """Changes of those since the last call, for the store."""
        return self._core.service.notifier.journal.take()

    def lend_account(self, user: str, password: str) -> None:
        """A temporary account, reachable by its id and only from others of its kind."""
        self._core.service.lend(Account(user, user), password)

    def return_account(self, user: str) -> None:
        """End a temporary account; its registrations go with it."""
        self._core.service.take_back(user)

    def notify_device(self, user: str, device: str, event: str) -> int:
        """Tell a phone to fetch its profile. Number of NOTIFYs sent: one per contact."""
        sent = notify_device(self._core, user, device, event, time.monotonic())
        self.drained()
        return sent
