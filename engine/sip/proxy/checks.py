"""Whether a request is reasonable, before anybody asks where it goes (RFC 3261 section 16.3)."""

from typing import Final

from engine.sip.errors import Refused
from engine.sip.flow import Flow
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.uri import SipUri
from schema.dialplan.decision import Caller

MAX_CALL_ID: Final = 512
MAX_ADDRESS: Final = 2048
"""Bytes of From and To. RFC 4475 section 3.1.1.7 has 590."""


def check_request(request: Request, uri: SipUri, source: Flow) -> None:
    """What no request to `uri` may ask of us.

    Raises SipParseError for what a Request-URI may not have, Refused: 480 for sips: without TLS,
    420 for options, as we support none that a proxy would have to (section 16.3 step 5).
    """
    if uri.header_text:
        raise SipParseError("Headers in Request-URI")  # section 19.1.1: not allowed there
    if uri.scheme == b"sips" and not source.secure:
        raise Refused(480, b"SIPS Needs TLS")  # RFC 5630 section 5.3
    options = request.values(b"proxy-require")
    if options:
        raise Refused(420, headers=(b"Unsupported: " + b", ".join(options),))


def check_hops(request: Request) -> None:
    """Raises Refused: 483."""
    if request.max_forwards == 0:
        raise Refused(483)


def check_names(request: Request) -> None:
    """Raises SipParseError for names of a dialog that are too long to be kept for hours."""
    if len(request.call_id) > MAX_CALL_ID:
        raise SipParseError("Call-ID Too Long")
    if len(request.from_text) > MAX_ADDRESS or len(request.to_text) > MAX_ADDRESS:
        raise SipParseError("From Or To Too Long")


def _check_extensions(request: Request) -> None:
    """Raises Refused: 420. Section 16.3 step 5: we support no option that a proxy would have to."""
    options = request.values(b"proxy-require")
    if options:
        raise Refused(420, headers=(b"Unsupported: " + b", ".join(options),))


def check_solicited(request: Request, caller: Caller) -> None:
    """Raises Refused: 481 for a NOTIFY of a user's that belongs to no subscription.

    Phones obey those: they restart and fetch their settings (check-sync), and light their lamps.
    That is for us and for gateways, as their voicemail, to tell them.
    """
    if request.method == "NOTIFY" and caller.kind == "user":
        raise Refused(481)
