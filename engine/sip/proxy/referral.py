"""Where a REFER may send somebody (RFC 3515).

A REFER makes another phone call, with the other's password and for the other's money; a gateway
it makes call out. So it passes only if whoever sends it could have called there themselves.
"""

from collections.abc import Callable
from typing import Final

from engine.sip.errors import Refused
from engine.sip.gruu import Gruus
from engine.sip.location import Location
from engine.sip.proxy.domain import Domain
from engine.sip.proxy.place import place_of
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.fields import parse_address
from engine.sip.wire.uri import SipUri, parse_uri
from schema.dialplan.decision import Caller, Decision

_HEADERS: Final = frozenset(("replaces", "require"))
"""What Refer-To may put into the request that it asks for: an attended transfer (RFC 3891)."""


def check_referral(
    request: Request,
    caller: Caller,
    decide: Callable[[Caller, str], Decision],
    domain: Domain,
    gruus: Gruus,
    location: Location,
) -> None:
    """Raises Refused when `caller` may not send anybody where the Refer-To says."""
    uri = _target(request)
    place = place_of(uri, domain, gruus, location)
    if place is None and not domain.is_own(uri):
        raise Refused(403, b"Refer-To Leads Elsewhere")
    decision = decide(caller, uri.user if place is None else place.user)
    if decision.outcome == "refused":
        raise Refused(403, b"Refer-To Is Not Yours To Call")
    if caller.kind == "gateway" and any(step.kind == "gateway" for step in decision.steps):
        raise Refused(403, b"Refer-To Leads To A Gateway")


def _target(request: Request) -> SipUri:
    values = request.values(b"refer-to")
    if len(values) != 1:
        raise Refused(400, b"One Refer-To Needed")
    try:
        uri = parse_uri(parse_address(values[0]).uri)
    except SipParseError as error:
        raise Refused(403, b"Refer-To Is No SIP Address") from error
    if (uri.parameters.get(b"method") or b"INVITE").upper() != b"INVITE":
        raise Refused(403, b"Refer-To Asks For More Than A Call")
    for header in uri.header_text[1:].split(b"&"):
        name = header.partition(b"=")[0].decode("ascii", "replace").lower()
        if name and name not in _HEADERS:
            raise Refused(403, b"Refer-To Carries Headers")
    return uri
