"""Calls that somebody else picks up while they ring.

Where the caller's end knows Replaces (RFC 3891), the picker's INVITE goes to it, with the dialog
that it replaces: the one with the phone that rings. The caller's end answers it and gives the
ringing one up by itself. Many gateways do not know it. Then the call is brought to the picker: it
rings at their phone as well, and whoever answers has it.
"""

import re
from typing import Final, NamedTuple

from engine.sip.calls import Call, Calls, Leg
from engine.sip.flow import Flow
from engine.sip.location import Binding, Location
from engine.sip.proxy.branch import Target
from engine.sip.proxy.domain import Domain
from engine.sip.proxy.fork import Fork
from engine.sip.transaction import ServerTransaction
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.fields import parse_address, split_list
from engine.sip.wire.uri import parse_uri
from schema.dialplan.decision import Step

REPLACING: Final = frozenset((b"replaces", b"require"))
"""Written anew in such an INVITE: a Replaces of the picker's own would be a second one."""

UNTIL_IDLE: Final = 0.5
"""Seconds in which a phone is done with the INVITE by which it picked up, before it rings."""

_WORDS: Final = re.compile(rb"[^\s;,]+")
"""What a Call-ID and tags must be to stand in Replaces."""


def replacing(request: Request, dialog: bytes) -> list[bytes]:
    """Replaces and Require lines; an end that does not know Replaces has to refuse."""
    required = [each for each in request.values(b"require") if each.lower() != b"replaces"]
    return [b"Replaces: " + dialog, b"Require: " + b", ".join([*required, b"replaces"])]


class Replaced(NamedTuple):
    """A call to take over at its caller."""

    target: Target


class Brought(NamedTuple):
    """A call to bring to the phone that picks up."""

    fork: Fork
    target: Target

    def expired(self, _event: str, now: float) -> None:
        """The phone is idle."""
        self.fork.join(self.target, now)


class Pickups:
    """Finds calls that ring, and the way to their callers."""

    def __init__(self, calls: Calls, location: Location, domain: Domain) -> None:
        self._calls = calls
        self._location = location
        self._domain = domain

    def find(
        self, step: Step, picker: str, server: ServerTransaction, wall: float
    ) -> Replaced | Brought | None:
        """The oldest call that rings at one of the step's members and that `picker` can have.

        `server` is that of their INVITE. A call of the picker's own is none: they want the others'.
        """
        for call, leg in self._calls.ringing_at(frozenset(step.members)):
            origin = call.origin
            if origin is None or call.user == picker:
                continue
            if b"replaces" in map(bytes.lower, origin.request.values(b"supported")):
                dialog, caller = _dialog(origin.request, leg), self._caller(call, origin, wall)
                if dialog and caller is not None:
                    return Replaced(caller._replace(replaces=dialog))
            elif isinstance(origin.user, Fork) and not origin.user.rings_at(picker):
                phone = self._phone(picker, server.request, server.flow, wall)
                return None if phone is None else Brought(origin.user, phone)
        return None

    def _caller(self, call: Call, origin: ServerTransaction, wall: float) -> Target | None:
        """The phone or gateway that the INVITE came from."""
        if call.user:
            return self._phone(call.user, origin.request, origin.flow, wall)
        contact = _contact(origin.request)
        if contact is None:
            return None
        routes = tuple(origin.request.values(b"record-route"))
        return Target(contact, origin.flow, call.caller, True, routes=routes)

    def _phone(self, user: str, request: Request, flow: Flow, wall: float) -> Target | None:
        """The registered phone of a user that a request came from.

        Phones behind a proxy of their own share its flow: their contact tells them apart.
        """
        contact = _contact(request)
        identity = None if contact is None else parse_uri(contact).identity
        bindings = self._location.of(user, wall)
        bindings.sort(key=lambda binding: binding.identity != identity)
        for binding in bindings:
            if binding.identity == identity or binding.flow[1:3] == flow[1:3]:
                return self._registered(binding)
        return None

    def _registered(self, binding: Binding) -> Target:
        contact = binding.contact.partition("?")[0].encode("utf-8", "surrogateescape")
        path = binding.path.encode("utf-8", "surrogateescape")
        routes = tuple(split_list(path)) if path else ()
        return Target(contact, self._domain.current(binding.flow), binding.user, routes=routes)


def _contact(request: Request) -> bytes | None:
    """The URI of a request's contact; None when there is none that could be called."""
    try:
        contact = parse_address(request.values(b"contact")[0]).uri
        parse_uri(contact)
    except (SipParseError, IndexError):
        return None
    return contact


def _dialog(request: Request, leg: Leg) -> bytes:
    """The Replaces value that means a ringing phone to the caller; empty when it cannot be written.

    To the caller its own tag is the local one, which to-tag names (RFC 3891 section 3).
    """
    names = request.call_id, request.sender.tag, leg.tag
    if not all(map(_WORDS.fullmatch, names)):
        return b""
    return b"%s;to-tag=%s;from-tag=%s;early-only" % names
