"""The two messages that answer a phone: 200 to its SUBSCRIBE, and the NOTIFY with the URL."""

from engine.pnp.asking import Asked
from engine.sip.flow import ListenAddress
from engine.sip.wire import Request
from engine.sip.wire.build import response


def accepted(request: Request, tag: bytes, listener: ListenAddress) -> bytes:
    """200 OK (RFC 6665 section 4.2.1.1). Nothing lasts: the NOTIFY ends the subscription."""
    return response(request, 200, tag=tag, headers=(_contact(listener), b"Expires: 0"))


def notification(
    request: Request, asked: Asked, url: str, tag: bytes, branch: bytes, listener: ListenAddress
) -> bytes:
    """The NOTIFY. `tag` is that of the 200; `listener` hears its answer."""
    body = url.encode("ascii")
    lines = (
        b"NOTIFY %s SIP/2.0" % asked.contact,
        b"Via: SIP/2.0/UDP %s;rport;branch=%s" % (_sent_by(listener), branch),
        b"Max-Forwards: 70",
        # The sides change places, and so do their headers (RFC 3261 section 12.2.1.1).
        b"From: %s" % _tagged(request.to_text, request.recipient.tag, tag),
        b"To: %s" % request.from_text,
        b"Call-ID: " + request.call_id,
        b"CSeq: 1 NOTIFY",
        _contact(listener),
        b"Event: " + asked.event,
        b"Subscription-State: terminated;reason=timeout",
        b"Content-Type: application/url",
        b"Content-Length: %d\r\n\r\n" % len(body),
    )
    return b"\r\n".join(lines) + body


def _tagged(to: bytes, known: bytes, tag: bytes) -> bytes:
    return to if known else to + b";tag=" + tag


def _contact(listener: ListenAddress) -> bytes:
    return b"Contact: <sip:%s>" % _sent_by(listener)


def _sent_by(listener: ListenAddress) -> bytes:
    return b"%s:%d" % (listener.host.encode("ascii"), listener.port)
