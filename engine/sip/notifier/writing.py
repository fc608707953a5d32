"""NOTIFY within a subscription, as bytes (RFC 6665 section 4.2.2, RFC 3261 section 12.2.1.1)."""

from engine.sip.flow import Flow, ListenAddress
from engine.sip.notifier.subscription import Subscription
from engine.sip.notifier.view import Body
from engine.sip.proxy.domain import Domain, sent_by, transport_parameter
from engine.sip.transaction import COOKIE
from engine.sip.wire.fields import parse_address


def notification(
    subscription: Subscription, body: Body, flow: Flow, branch: bytes, left: float, domain: Domain
) -> bytes:
    """The NOTIFY with the subscription's present CSeq. `left` are seconds until it expires."""
    terms = subscription.terms
    routes = list(terms.routes)
    uri = terms.contact
    if routes and b";lr" not in routes[0].lower():  # section 12.2.1.1: a strict router
        uri, routes = parse_address(routes[0]).uri, [*routes[1:], b"<" + uri + b">"]
    lines = [
        b"NOTIFY %s SIP/2.0" % uri,
        domain.via(flow.listener) + branch.removeprefix(COOKIE),
        b"Max-Forwards: 70",
        *(b"Route: " + route for route in routes),
        b"From: " + terms.local,
        b"To: " + terms.remote,
        b"Call-ID: " + terms.call_id,
        b"CSeq: %d NOTIFY" % subscription.sequence,
        contact(flow.listener),
        b"Event: " + terms.event,
        b"Subscription-State: " + _state(subscription, left),
        *([b"Require: eventlist"] if terms.listed else ()),
        b"Content-Type: " + body.content_type,
        b"Content-Length: %d\r\n\r\n" % len(body.data),
    ]
    return b"\r\n".join(lines) + body.data


def contact(listener: ListenAddress) -> bytes:
    """Our Contact line in subscriptions: the node itself, the same way."""
    return b"Contact: <sip:%s%s>" % (sent_by(listener), transport_parameter(listener.transport))


def _state(subscription: Subscription, left: float) -> bytes:
    if subscription.reason:
        return b"terminated;reason=" + subscription.reason
    return b"active;expires=%d" % max(round(left), 0)
