"""What the dial plan says of a request, and in which words its sender is told no."""

from collections.abc import Callable
from typing import NoReturn

from engine.sip.config import Account, SipConfig
from engine.sip.digest import Authenticator
from engine.sip.errors import Refused
from engine.sip.events import CallRefused, SipEvent, address_of
from engine.sip.flow import Flow
from engine.sip.proxy.place import Place
from engine.sip.wire import Request
from engine.sip.wire.build import REASONS
from engine.sip.wire.uri import SipUri
from schema.dialplan.decision import Caller, Decision, Step


class DialPlan:
    """The dial plan of a configuration, and who may ask it."""

    def __init__(self, config: SipConfig, authenticator: Authenticator) -> None:
        self.config = config
        self._ask = config.decide
        self._authenticator = authenticator

    def account(self, user: str) -> Account | None:
        """A user's account, lent ones too."""
        return self._authenticator.account(user)

    def decide(self, caller: Caller, number: str) -> Decision:
        """Ask the dial plan; lent accounts, which it does not know, reach only each other."""
        if not self._authenticator.is_lent(caller.id):
            return self._ask(caller, number)
        if not self._authenticator.is_lent(number):
            return Decision("refused", 403, "Forbidden")
        return Decision("routed", 200, "OK", (Step("user", number, number),))

    def admit(self, caller: Caller, place: Place) -> Decision:
        """Whether whoever it is may call that phone.

        Whoever may call a user may call each phone of theirs; forwarding is not for it.
        """
        decision = self.decide(caller, place.user)
        if decision.outcome == "refused":
            return decision
        if not any((step.kind, step.target) == ("user", place.user) for step in decision.steps):
            return Decision("refused", 404, "Not Found")
        return Decision("routed", 200, "OK", (ringing(place),), decision.rule, type=decision.type)


def ringing(place: Place) -> Step:
    """The step that rings a place."""
    return Step("user", place.user, place.user)


def refusal(decision: Decision, caller: Caller) -> Refused:
    """The answer to who may not. Our users are told why; outside it is nobody's business.

    A reason repeats what was dialled, which may hold anything: a line break would begin a header.
    """
    if caller.kind != "user" and decision.status in REASONS:
        return Refused(decision.status)
    shown = "".join(one if one.isprintable() else "?" for one in decision.reason)
    return Refused(decision.status, shown.encode("ascii", "replace"))


class Refusals:
    """Says no, and tells the log."""

    def __init__(
        self, sink: Callable[[SipEvent], None], report: Callable[[SipEvent], None]
    ) -> None:
        """`report` is for what strangers can cause."""
        self._sink = sink
        self._report = report

    def refuse(
        self,
        request: Request,
        source: Flow,
        caller: str,
        answer: Refused,
        uri: SipUri,
        why: str = "",
    ) -> NoReturn:
        """Raises `answer`. `why` is for the log, where it is more than the answer says."""
        call_id = request.call_id.decode("utf-8", "replace")
        reason = why or answer.reason.decode("ascii", "replace")
        refused = CallRefused(call_id, caller, uri.user, answer.status, reason, address_of(source))
        (self._sink if caller else self._report)(refused)
        raise answer
