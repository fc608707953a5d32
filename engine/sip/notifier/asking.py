"""What a SUBSCRIBE asks for (RFC 6665 section 4.1.2): syntax and limits, not permission."""

from typing import Final

from engine.sip.errors import Refused
from engine.sip.flow import Flow
from engine.sip.notifier.subscription import Terms
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.fields import parse_address, parse_number, parse_parameters, remembered
from engine.sip.wire.uri import parse_uri

MIN_EXPIRES: Final = 60
DEFAULT_EXPIRES: Final = 3600
MAX_EXPIRES: Final = 7200
"""Seconds. A longer wish is cut down to it."""
MAX_REMEMBERED: Final = 4096
"""Bytes of From, To, Contact, Event, Call-ID and Record-Route together."""


def package_name(request: Request) -> str:
    """The event package that is asked for; empty when none is named."""
    return _package_name(request.value(b"event") or b"")


@remembered
def _package_name(value: bytes) -> str:
    return value.partition(b";")[0].strip().lower().decode("ascii", "replace")


def seconds_wanted(request: Request) -> int:
    """How long it is to last; 0 ends it or asks once. Refused (423) when too short."""
    value = request.value(b"expires")
    seconds = DEFAULT_EXPIRES if value is None else parse_number(value)
    if 0 < seconds < MIN_EXPIRES:
        raise Refused(423, headers=(b"Min-Expires: %d" % MIN_EXPIRES,))
    return min(seconds, MAX_EXPIRES)


def event_value(request: Request) -> bytes:
    """Event as our NOTIFYs say it: the package, and the id that tells it from others (8.2.1)."""
    name, _, rest = request.required(b"event").partition(b";")
    id_ = parse_parameters(rest).get(b"id")
    return name.strip() + (b";id=" + id_ if id_ else b"")


def contact_of(request: Request) -> bytes:
    """Where NOTIFYs go to. SipParseError when there is not exactly one Contact."""
    contacts = request.values(b"contact")
    if len(contacts) != 1 or contacts[0] == b"*":
        raise SipParseError("A subscription needs one Contact")
    uri = parse_address(contacts[0]).uri
    if parse_uri(uri).header_text:
        raise SipParseError("Headers in Contact")
    return uri


def terms_of_request(
    request: Request, tag: bytes, flow: Flow, subscriber: str, resource: str, listed: bool,
    entity: str, expires: float,
) -> Terms:  # fmt: skip
    """The terms of a new subscription; `tag` is ours. Raises SipParseError."""
    terms = Terms(
        package=package_name(request),
        subscriber=subscriber,
        resource=resource,
        listed=listed,
        entity=entity,
        call_id=request.call_id,
        local=request.required(b"to") + b";tag=" + tag,
        remote=request.required(b"from"),
        tag=tag,
        remote_tag=request.sender.tag,
        contact=contact_of(request),
        routes=_routes(request),
        flow=flow,
        event=event_value(request),
        sequence=request.cseq[0],
        expires=expires,
    )
    kept = (terms.local, terms.remote, terms.contact, terms.event, terms.call_id, *terms.routes)
    if sum(map(len, kept)) > MAX_REMEMBERED:
        raise SipParseError("Header fields too long", 400)
    return terms


def _routes(request: Request) -> tuple[bytes, ...]:
    """The route set, of which each value must be an address that NOTIFYs can be sent by."""
    routes = tuple(request.values(b"record-route"))
    for route in routes:
        parse_uri(parse_address(route).uri)
    return routes


def accepts(request: Request, content_type: bytes) -> bool:
    """Whether the subscriber can read documents of that type; who says nothing can."""
    wanted = [value.partition(b";")[0].strip().lower() for value in request.values(b"accept")]
    family = content_type.partition(b"/")[0] + b"/*"
    return not wanted or any(each in wanted for each in (content_type, family, b"*/*"))
