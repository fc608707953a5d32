"""A request that begins something: the dial plan's answer, and the fork that carries it out.

Who asks is known by now (`identity`), and that the request is a reasonable one. What is set going
besides the fork: the count of calls and their table, the log, media, the alarm of a call for help.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from engine.sip.calls import placed
from engine.sip.errors import Refused
from engine.sip.events import CallRouted, SipEvent, address_of
from engine.sip.flow import Flow
from engine.sip.nat.media import Origin
from engine.sip.proxy.asking import DialPlan, Refusals, refusal, ringing
from engine.sip.proxy.assertion import assertion, check_privacy
from engine.sip.proxy.branch import Target
from engine.sip.proxy.dialog import DialogRoutes
from engine.sip.proxy.domain import Domain
from engine.sip.proxy.fork import Fork, ForkObserver, Group, secured
from engine.sip.proxy.help import emergency_call, is_for_help
from engine.sip.proxy.hop import DIALOG_FORMING, Hop
from engine.sip.proxy.limits import CallLimits
from engine.sip.proxy.order import Groups, Order
from engine.sip.proxy.pickup import UNTIL_IDLE, Brought, Pickups
from engine.sip.proxy.place import Place
from engine.sip.proxy.routing import Router
from engine.sip.proxy.watch import CallWatch
from engine.sip.transaction import ServerTransaction
from engine.sip.wire import Request
from engine.sip.wire.build import response
from engine.sip.wire.uri import SipUri
from schema.dialplan.decision import Caller, Decision, Step

if TYPE_CHECKING:
    from engine.sip.core import SipCore

IGNORE = ForkObserver()


class Asked(NamedTuple):
    """A request, and what is known of it."""

    server: ServerTransaction
    source: Flow
    uri: SipUri
    caller: Caller
    place: Place | None
    """The one phone that it is for."""
    mark: bytes
    """For loops: see Hop."""
    picked: Target | None = None
    """Whose ringing call it takes over, where the dial plan says that it is to."""


class Outset:
    """Serves such requests under one configuration."""

    def __init__(
        self,
        core: "SipCore",
        sink: Callable[[SipEvent], None],
        domain: Domain,
        dialogs: DialogRoutes,
        plan: DialPlan,
        order: Order,
        router: Router,
        limits: CallLimits,
        refusals: Refusals,
    ) -> None:
        self._pickups = Pickups(core.calls, core.location, domain)
        self._core = core
        self._sink = sink
        self._domain = domain
        self._dialogs = dialogs
        self._plan = plan
        self._order = order
        self._router = router
        self._limits = limits
        self._refusals = refusals

    def go(self, asked: Asked, now: float) -> None:
        """Fork the request. Raises Refused."""
        server, caller = asked.server, asked.caller
        request = server.request
        decision = self._decide(asked)
        hop = Hop(self._domain, self._dialogs, request, asked.mark, caller.kind == "gateway")
        hop.place = self._alarm(asked, decision)
        if decision.outcome == "refused":
            self._refuse(asked, refusal(decision, caller), decision.reason)
        if decision.steps[0].kind == "pickup":
            asked = self._picking_up(asked, decision.steps[0], now)
        if caller.kind == "user":
            if not is_for_help(decision):  # no wish of the phone's may cost that call
                check_privacy(request)
            hop.asserted = self._assertion(request, caller)
        if request.method in DIALOG_FORMING and not request.recipient.tag:
            hop.caller = server.flow
        if request.method == "INVITE":
            groups, observer = self._begin(asked, decision, hop, now)
        else:
            groups, observer = self._groups(asked, self._order.of(decision.steps, None)), IGNORE
        Fork(self._core, server, groups, hop, observer).start(now)

    def _decide(self, asked: Asked) -> Decision:
        if asked.place is None:
            return self._plan.decide(asked.caller, asked.uri.user)
        return self._plan.admit(asked.caller, asked.place)

    def _picking_up(self, asked: Asked, step: Step, now: float) -> Asked:
        """With the caller whose call is taken over. Raises Refused: 480 when there is none, also
        where the call is brought to the phone that asked for it."""
        server, found = asked.server, None
        if server.request.method == "INVITE" and not server.request.recipient.tag:
            found = self._pickups.find(step, asked.caller.id, server, self._core.wall())
        if found is None:
            self._refuse(asked, Refused(480, b"Nothing To Pick Up"))
        if isinstance(found, Brought):
            self._core.wheel.schedule(now + UNTIL_IDLE, found, "bring")
            self._refuse(asked, Refused(480, b"The Call Rings At Your Phone"))
        return asked._replace(picked=found.target)

    def _alarm(self, asked: Asked, decision: Decision) -> bytes:
        """Tell of a call for help before anything is done with it; URI of where it comes from."""
        event = emergency_call(
            asked.server.request, asked.source, asked.caller, asked.uri.user, decision,
            self._plan.config,
        )  # fmt: skip
        if event is None:
            return b""
        self._sink(event)
        return self._plan.config.locate(decision.site).encode()

    def _assertion(self, request: Request, caller: Caller) -> bytes:
        account = self._plan.account(caller.id)
        return b"" if account is None else assertion(request, account, self._domain)

    def _begin(
        self, asked: Asked, decision: Decision, hop: Hop, now: float
    ) -> tuple[list[Group], ForkObserver]:
        """What a call sets going besides its fork."""
        request, caller = asked.server.request, asked.caller
        limit = self._plan.config.call_limit(caller.id)
        if not self._limits.permit(request, caller, decision, limit):
            self._refuse(asked, Refused(403, b"Too Many Calls At A Time"))
        asked.server.respond(100, response(request, 100), now)  # section 16.2: this may take time
        order = self._order.of(decision.steps, (request.call_id, request.sender.tag))
        observer = self._watch(asked, decision, order)
        origin = Origin(caller.id, asked.uri.user)
        hop.media = self._core.media.begin(request, asked.source, hop.trusted, origin)
        return self._groups(asked, order, observer), observer

    def _watch(self, asked: Asked, decision: Decision, order: Groups) -> ForkObserver:
        """Tell the log, and keep the call in the table of calls."""
        request, caller, number = asked.server.request, asked.caller, asked.uri.user
        targets = tuple(step.target for group in order for step in group)
        if asked.picked is not None:
            targets = (asked.picked.name,)
        self._sink(
            CallRouted(
                request.call_id.decode("utf-8", "replace"), caller.id, number, decision.rule,
                targets, address_of(asked.source), decision.type,
            )
        )  # fmt: skip
        key = (request.call_id, request.sender.tag)
        call = placed(asked.server, caller, number, targets[0], decision, self._core.wall())
        self._core.calls.begin(key, call)
        return CallWatch(self._core.calls, key, self._sink, self._core.wall)

    def _groups(self, asked: Asked, order: Groups, observer: ForkObserver = IGNORE) -> list[Group]:
        place, picked = asked.place, asked.picked
        if picked is not None:
            groups = [Group(lambda: [picked])]
        elif place is None:
            groups = self._router.groups(order, observer)
        else:
            groups = [self._router.phones(ringing(place), place.fits)]
        if asked.uri.scheme == b"sips":
            return [secured(group) for group in groups]
        return groups

    def _refuse(self, asked: Asked, answer: Refused, why: str = "") -> NoReturn:
        self._refusals.refuse(
            asked.server.request, asked.source, asked.caller.id, answer, asked.uri, why
        )
