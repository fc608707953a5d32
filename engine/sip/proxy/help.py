"""Calls for help: what is told of them, and what their copies to gateways say beside others.

Location goes by reference. A proxy adds no body (RFC 3261 section 16.6), so the document with the
place lies at a URL, and the Geolocation header names it (RFC 6442).
"""

import re
from typing import Final

from engine.sip.config import SipConfig
from engine.sip.events import EmergencyCall, address_of
from engine.sip.flow import Flow
from engine.sip.wire import Request, SipParseError
from schema.dialplan.decision import Caller, Decision

REWRITTEN: Final = frozenset((b"privacy", b"geolocation"))
"""Headers that an emergency call does not take along as they came.

Whoever takes the call has to be able to call back, so privacy that the phone asked for does not
hold there: what RFC 3323 allows where law and policy demand it, and what carriers do."""

_SOURCE: Final = re.compile(rb"[ \t]*;[ \t]*loc-src[ \t]*(?:=[^;]*)?", re.IGNORECASE)


def emergency_call(
    request: Request,
    source: Flow,
    caller: Caller,
    number: str,
    decision: Decision,
    config: SipConfig,
) -> EmergencyCall | None:
    """What is told of a call for help, also of one that the dial plan refuses; None for others."""
    if request.method != "INVITE" or caller.kind != "user":
        return None
    steps = [step for step in decision.steps if step.emergency]
    if not steps and (decision.outcome == "routed" or not config.is_emergency(number)):
        return None
    return EmergencyCall(
        request.call_id.decode("utf-8", "replace"),
        caller.id,
        number,
        decision.site,
        next((step.caller_id for step in steps if step.caller_id), ""),
        tuple(dict.fromkeys(step.target for step in steps)),
        address_of(source),
    )


def is_for_help(decision: Decision) -> bool:
    """Whether a decision is a call for help that goes out."""
    return any(step.emergency for step in decision.steps)


def location_lines(request: Request, place: bytes, domain: str) -> list[bytes]:
    """Geolocation with the phone's own location, and ours as the last one (RFC 6442 section 3.4).

    The phone's may be nearer, ours is an address that somebody vouches for, and only one of them
    may open: so both go. Ours says whose it is, and no phone may say that of its own (RFC 8787).
    """
    places = _own_places(request)
    if place:
        places.append(b"<%s>;loc-src=%s" % (place, domain.encode()))
    lines = [b"Geolocation: " + b", ".join(places)] if places else []
    if place and request.value(b"geolocation-routing") is None:
        lines.append(b"Geolocation-Routing: yes")
    return lines


def _own_places(request: Request) -> list[bytes]:
    """What the phone says. Where that cannot be read, the call goes on without it."""
    try:
        places = request.values(b"geolocation")
    except SipParseError:
        return []
    found = []
    for value in places:
        uri, end, parameters = value.rpartition(b">")
        if end:
            found.append(uri + end + _SOURCE.sub(b"", parameters))
    return found
