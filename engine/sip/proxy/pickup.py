"""Calls that somebody else picks up while they ring (RFC 3891).

The picker's INVITE goes to whoever calls, with the dialog that it replaces: the one with the phone
that rings. The caller's end answers it and gives the ringing one up by itself. So nothing here
changes a call, and what the picker hears is what the caller's end says.
"""

import re
from typing import Final

from engine.sip.calls import Call, Calls, Leg
from engine.sip.location import Binding, Location
from engine.sip.proxy.branch import Target
from engine.sip.proxy.domain import Domain
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.fields import parse_address, split_list
from engine.sip.wire.uri import parse_uri
from schema.dialplan.decision import Step

REPLACING: Final = frozenset((b"replaces", b"require"))
"""Written anew in such an INVITE: a Replaces of the picker's own would be a second one."""

_WORDS: Final = re.compile(rb"[^\s;,]+")
"""What a Call-ID and tags must be to stand in Replaces."""


def replacing(request: Request, dialog: bytes) -> list[bytes]:
    """Replaces and Require lines; an end that does not know Replaces has to refuse."""
    required = [each for each in request.values(b"require") if each.lower() != b"replaces"]
    return [b"Replaces: " + dialog, b"Require: " + b", ".join([*required, b"replaces"])]


class Pickups:
    """Finds calls that ring, and the way to their callers."""

    def __init__(self, calls: Calls, location: Location, domain: Domain) -> None:
        self._calls = calls
        self._location = location
        self._domain = domain

    def find(self, step: Step, picker: str, wall: float) -> Target | None:
        """The caller of the oldest call that rings at one of the step's members.

        Not a call of the picker's own: they want the others'.
        """
        for call, leg in self._calls.ringing_at(frozenset(step.members)):
            dialog = _dialog(call, leg)
            if dialog and call.user != picker:
                target = self._caller(call, wall)
                if target is not None:
                    return target._replace(replaces=dialog)
        return None

    def _caller(self, call: Call, wall: float) -> Target | None:
        """The phone or gateway that the INVITE came from, at the contact that it gave there."""
        assert call.origin is not None  # noqa: S101  it rings
        request, flow = call.origin.request, call.origin.flow
        try:
            contact = parse_address(request.values(b"contact")[0]).uri
            routes = tuple(request.values(b"record-route"))
            uri = parse_uri(contact)
        except (SipParseError, IndexError):
            return None
        if not call.user:
            return Target(contact, flow, call.caller, True, routes=routes)
        bindings = self._location.of(call.user, wall)
        # Phones behind a proxy of their own share its flow: their contact tells them apart.
        bindings.sort(key=lambda binding: binding.identity != uri.identity)
        for binding in bindings:
            if binding.identity == uri.identity or binding.flow[1:3] == flow[1:3]:
                return self._registered(binding)
        return None

    def _registered(self, binding: Binding) -> Target:
        contact = binding.contact.partition("?")[0].encode("utf-8", "surrogateescape")
        path = binding.path.encode("utf-8", "surrogateescape")
        routes = tuple(split_list(path)) if path else ()
        return Target(contact, self._domain.current(binding.flow), binding.user, routes=routes)


def _dialog(call: Call, leg: Leg) -> bytes:
    """The Replaces value that means a ringing phone to the call's caller; empty when there is none.

    To the caller its own tag is the local one, which to-tag names (RFC 3891 section 3).
    """
    if call.origin is None:
        return b""
    request = call.origin.request
    names = request.call_id, request.sender.tag, leg.tag
    if not all(map(_WORDS.fullmatch, names)):
        return b""
    return b"%s;to-tag=%s;from-tag=%s;early-only" % names
