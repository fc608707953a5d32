"""What this node does with a new request: registrar, proxy, or a polite no.

The order of RFC 3261 section 16: reasonable checks (16.3), our own Route taken off (16.4), who
asks (22.3), where to (16.5), then the fork that forwards (16.6 to 16.10).
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.sip.config import Account, SipConfig
from engine.sip.digest import Authenticator
from engine.sip.errors import Refused
from engine.sip.events import SipEvent
from engine.sip.flow import Flow, ListenAddress
from engine.sip.location import Binding
from engine.sip.notifier import Notifier
from engine.sip.proxy.asking import DialPlan, Refusals, ringing
from engine.sip.proxy.branch import Target
from engine.sip.proxy.checks import check_hops, check_names, check_request, check_solicited
from engine.sip.proxy.dialog import DialogRoutes
from engine.sip.proxy.domain import Domain, PeerServers
from engine.sip.proxy.fork import Fork, Group
from engine.sip.proxy.hop import Hop, in_loop, loop_mark
from engine.sip.proxy.identity import Gatekeeper
from engine.sip.proxy.limits import CallLimits
from engine.sip.proxy.membership import BEGINS_NO_CALL, Membership
from engine.sip.proxy.order import Order
from engine.sip.proxy.outset import IGNORE, Asked, Outset
from engine.sip.proxy.place import Place, place_of
from engine.sip.proxy.pools import Pools
from engine.sip.proxy.referral import check_referral
from engine.sip.proxy.route_set import RouteSet
from engine.sip.proxy.routing import Router
from engine.sip.proxy.watch import HangupWatch, RefreshWatch
from engine.sip.registrar import SUPPORTED, UNDERSTOOD, Registrar, Registration
from engine.sip.transaction import ServerTransaction
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.build import response, with_body
from engine.sip.wire.message import METHODS
from engine.sip.wire.uri import SOS, SipUri
from schema.dialplan.decision import Caller

if TYPE_CHECKING:
    from engine.sip.core import SipCore

ALLOWED = (
    b"Allow: INVITE, ACK, CANCEL, BYE, REGISTER, OPTIONS, PRACK, SUBSCRIBE, NOTIFY, PUBLISH, "
    b"INFO, REFER, MESSAGE, UPDATE"
)
REFRESHING = frozenset(("INVITE", "UPDATE"))
"""Within a dialog these keep a session alive (RFC 4028 section 7.4)."""


class Service:
    """Serves requests under one configuration at a time."""

    def __init__(
        self, core: "SipCore", config: SipConfig, sink: Callable[[SipEvent], None]
    ) -> None:
        self._core = core
        self._sink = sink
        self._limits = CallLimits(core.calls, core.guard)
        self._refusals = Refusals(sink, core.report)
        self._membership = Membership(core.calls, core.wall)
        self._pools = Pools(core.calls, lambda user: bool(self._bindings_of(user)))
        self.config = config
        self.authenticator = Authenticator(config, core.wall())
        self.registrar = Registrar(config, core.location, sink)
        self.notifier = Notifier(core, config)
        self.configure(config, (), {})

    def configure(
        self, config: SipConfig, listeners: Sequence[ListenAddress], peers: PeerServers
    ) -> None:
        """Replace everything that follows from the configuration."""
        same_people = config.accounts is self.config.accounts
        self.config = config
        self.authenticator.reconfigure(config, self._core.wall())
        self.registrar.configure(config, listeners)
        if not same_people:
            self.unregister_strangers()
            self._core.calls.occupancy.keep(config.accounts)
        self.domain = Domain(config, listeners, peers)
        self.dialogs = DialogRoutes(config.nonce_key, listeners, self._membership.run)
        self._gatekeeper = Gatekeeper(
            self.domain, self.authenticator, self._core.guard, self._bindings_of,
            self._core.report,
        )  # fmt: skip
        self.notifier.configure(config, self.domain)
        self._plan = DialPlan(config, self.authenticator)
        self._router = Router(self.domain, self._core)
        self._outset = Outset(
            self._core, self._sink, self.domain, self.dialogs, self._plan,
            Order(self.domain, self._core.health, self._core.chance, self._pools), self._router,
            self._limits, self._refusals,
        )  # fmt: skip

    def _bindings_of(self, user: str) -> list[Binding]:
        return self._core.location.of(user, self._core.wall())

    def unregister_strangers(self) -> None:
        """End the registrations of accounts and phones that are no more."""
        self.registrar.unregister_strangers(self.authenticator.account)

    def serve(self, server: ServerTransaction, source: Flow, now: float) -> None:
        """Act on a new request. Raises Refused or SipParseError for the answer it gets."""
        request = server.request
        route = RouteSet(request, source, self.domain, self.dialogs)
        uri = route.target
        check_request(request, uri, source)
        if route.destination is not None:
            self._within_dialog(server, source, route, now)
            return
        check_names(request)
        if route.rest or not self.domain.is_own(uri):
            self._serve_elsewhere(server, source, route, now)
        elif request.method == "REGISTER":
            self._register(server, source, now)
        elif request.method == "PUBLISH" or (
            request.method == "SUBSCRIBE" and self.notifier.serves(request, uri)
        ):
            self._serve_events(server, source, uri, now)
        elif not uri.user:
            self._answer_for_ourselves(server, now)
        else:
            self._proxy(server, source, uri, now)

    def _serve_elsewhere(
        self, server: ServerTransaction, source: Flow, route: RouteSet, now: float
    ) -> None:
        """Not addressed to us: let through are calls to phones registered with us, and for help."""
        request = server.request
        if route.target is SOS and not route.rest:
            self._serve_help(server, source, now)
            return
        is_call = request.method == "INVITE" and not request.recipient.tag
        if route.rest or not is_call or self._place_of(route.target) is None:
            self._refusals.refuse(
                request, source, "", Refused(403, b"Relaying Denied"), route.target
            )
        self._proxy(server, source, route.target, now)

    def _serve_help(self, server: ServerTransaction, source: Flow, now: float) -> None:
        """The service URN of emergency calls (RFC 5031): as the number that is dialled for them."""
        number = self.config.emergency_number
        if server.request.method != "INVITE" or not number:
            raise Refused(416)
        self._proxy(server, source, SOS._replace(user=number, host=self.domain.name), now)

    def _place_of(self, uri: SipUri) -> Place | None:
        return place_of(uri, self.domain, self.registrar.gruus, self._core.location)

    def challenge(self, request: Request, source: Flow) -> Refused | None:
        """The answer to a usual REGISTER that proves nothing; None where more must be looked at.

        Half of all that phones send to register, and all of a flood: so it needs no transaction,
        and leaves out what `serve` would find in order.
        """
        if request.below is None or not request.hops or request.uri != self.domain.registrar:
            return None
        if request.value(b"authorization") is not None or request.value(b"route") is not None:
            return None
        return self._gatekeeper.challenge(request, source, self._core.wall())

    def _register(self, server: ServerTransaction, source: Flow, now: float) -> None:
        request = server.request
        check_hops(request)
        unknown = [each for each in request.values(b"require") if each.lower() not in UNDERSTOOD]
        if unknown:
            raise Refused(420, headers=(b"Unsupported: " + b", ".join(unknown),))
        wall = self._core.wall()
        who = self._gatekeeper.registrant(request, source, wall)
        server.proved = True
        flow = _contact_flow(server, source)
        trusted = request.below is None and self.domain.is_peer_or_node(source)
        registration = Registration(who.account.user, who.device, flow, trusted)
        lines = self.registrar.register(request, registration, wall)
        self._core.guard.prove(source.host, self.config.max_expires)
        server.respond(200, response(request, 200, tag=self._core.new_tag(), headers=lines), now)
        self.notifier.returned(registration.user, now)

    def _serve_events(
        self, server: ServerTransaction, source: Flow, uri: SipUri, now: float
    ) -> None:
        """SUBSCRIBE and PUBLISH that we are the other end of."""
        request = server.request
        unknown = [each for each in request.values(b"require") if each != b"eventlist"]
        if unknown:
            raise Refused(420, headers=(b"Unsupported: " + b", ".join(unknown),))
        user = self._gatekeeper.subscriber(request, source, self._core.wall())
        server.proved = True
        flow = _contact_flow(server, source)
        if request.method == "SUBSCRIBE":
            self.notifier.subscribe(server, flow, uri, user, now)
        else:
            lines = self.notifier.publish(request, uri, user, now)
            tag = self._core.new_tag()
            server.respond(200, response(request, 200, tag=tag, headers=lines), now)

    def _answer_for_ourselves(self, server: ServerTransaction, now: float) -> None:
        """OPTIONS to the node itself: alive (section 11). There is nobody else at that address."""
        request = server.request
        if request.method != "OPTIONS":
            known = request.cseq[1] in METHODS
            raise Refused(404) if known else Refused(405, headers=(ALLOWED,))
        lines = (ALLOWED, self.notifier.allowed, SUPPORTED)
        data = response(request, 200, tag=self._core.new_tag(), headers=lines)
        # Without a transaction: whoever it is need not prove it, so nothing is remembered of it.
        self._core.output.append((server.flow, data, None))
        server.abandon(now)

    def _within_dialog(
        self, server: ServerTransaction, source: Flow, route: RouteSet, now: float
    ) -> None:
        """To the other end, and nowhere else: it cannot fork, so it need not look for loops."""
        request = server.request
        check_hops(request)
        if request.method not in BEGINS_NO_CALL:
            self._membership.check(request, route, self.domain, self.dialogs)
        if request.method == "REFER":
            sender = self._gatekeeper.participant(request, source, self._core.wall())
            self._check_referral(request, source, sender, route.target)
        target = self._dialog_target(route)
        if route.target.scheme == b"sips" and not target.flow.secure:
            raise Refused(480, b"SIPS Needs TLS")
        hop = self._hop(request, source)
        hop.routes = route.rest
        if route.treatment:
            hop.media = self._core.media.within(request, source, hop.trusted, route.treatment)
        observer = IGNORE
        if request.method == "BYE":
            observer = HangupWatch(self._core.calls, request, self._core.wall)
        elif request.method in REFRESHING:
            observer = RefreshWatch(self._core.calls, request, self._core.wall)
            if request.method == "INVITE":
                server.respond(100, response(request, 100), now)
        Fork(self._core, server, [Group(lambda: [target])], hop, observer).start(now)

    def _dialog_target(self, route: RouteSet) -> Target:
        """To the other end: where its contact is registered now, else where it was.

        A gateway is always where it was: nobody has its requests by registering its contact.
        """
        assert route.destination is not None  # noqa: S101  asked by the callers
        if route.rest or self.domain.peer_at(route.destination) is not None:
            return Target(route.uri, route.destination, "")
        if route.target.parameter_text and self.domain.is_own(route.target):
            return self._gruu_target(route.target) or Target(route.uri, route.destination, "")
        binding = self._core.location.at(route.target.identity)
        flow = route.destination if binding is None else self.domain.current(binding.flow)
        return Target(route.uri, flow, "")

    def _gruu_target(self, uri: SipUri) -> Target | None:
        """The contact that a GRUU means now (RFC 5627 section 6.1)."""
        place = self._place_of(uri)
        if place is None:
            return None
        [target, *_] = [*self._router.phones(ringing(place), place.fits).targets(), None]
        return None if target is None else target._replace(name="")

    def _hop(self, request: Request, source: Flow, mark: bytes = b"") -> Hop:
        trusted = self.domain.peer_at(source) is not None
        return Hop(self.domain, self.dialogs, request, mark, trusted)

    def acknowledge(self, request: Request, source: Flow) -> None:
        """ACK for a 2xx goes end to end, statelessly (section 16.11); others are not for us."""
        try:
            route = RouteSet(request, source, self.domain, self.dialogs)
            if route.destination is None or request.max_forwards == 0:
                return
            target = self._dialog_target(route)
            hop = self._hop(request, source)
            hop.routes = route.rest
            message = hop.copy(target)[1]
            if route.treatment and request.body:
                media = self._core.media.within(request, source, hop.trusted, route.treatment)
                media.acknowledge(target, lambda body: self._pass_on(target.flow, message, body))
            else:
                self._pass_on(target.flow, message, None)
        except SipParseError as error:
            self._core.drop(source, error.reason, len(request.start_line))

    def _pass_on(self, flow: Flow, message: bytes, body: bytes | None) -> None:
        data = message if body is None else with_body(message, body)
        self._core.output.append((flow, data, None))

    def _proxy(self, server: ServerTransaction, source: Flow, uri: SipUri, now: float) -> None:
        request = server.request
        mark = loop_mark(request)
        if in_loop(request, mark, self.domain.sent_bys):
            raise Refused(482)
        check_hops(request)
        caller = self._gatekeeper.caller(request, source, self._core.wall())
        self._limits.check_rate(request, caller, source, now)
        server.proved = True
        check_solicited(request, caller)
        place = None
        if uri.parameter_text or not self.domain.is_own(uri):
            place = self._place_of(uri)
        if request.method == "REFER":
            self._check_referral(request, source, caller, uri)
        self._outset.go(Asked(server, source, uri, caller, place, mark), now)

    def _check_referral(self, request: Request, source: Flow, caller: Caller, uri: SipUri) -> None:
        """Nobody sends others where they may not call; a gateway does so within a call only."""
        try:
            if caller.kind == "gateway" and not request.recipient.tag:
                raise Refused(403)
            check_referral(
                request, caller, self._plan.decide, self.domain, self.registrar.gruus,
                self._core.location,
            )  # fmt: skip
        except Refused as refusal:
            self._refusals.refuse(request, source, caller.id, refusal, uri)

    def lend(self, account: Account, password: str) -> None:
        """Let a temporary account register and call others of its kind."""
        self.authenticator.lend(account, password)

    def take_back(self, user: str) -> None:
        """End a temporary account and its registrations."""
        self.authenticator.take_back(user)
        for binding in self._core.location.of(user, 0.0):
            self._core.location.remove(binding)


def _contact_flow(server: ServerTransaction, source: Flow) -> Flow:
    """A phone is reached where its responses go: the way it came, or its Via's port."""
    if server.flow is source:
        return source
    return server.flow._replace(listener=source.listener)
