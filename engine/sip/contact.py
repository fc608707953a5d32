"""What a REGISTER asks for: its contacts, read and judged one by one.

Knows the header's grammar and the limits on what a phone may say of itself; not who registers,
nor what is registered already.
"""

import re
from sys import intern
from typing import Final, NamedTuple

from engine.sip.config import SipConfig
from engine.sip.errors import Refused
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.fields import Address, parse_address, parse_number, unquote
from engine.sip.wire.uri import SipUri, parse_uri

LONGEST: Final = 512
"""Bytes of a Contact value or a Call-ID: what real phones write is a quarter of it."""

_QVALUE: Final = re.compile(rb"0(\.\d{0,3})?|1(\.0{0,3})?")
_INSTANCE: Final = re.compile(rb"<urn:[^<>\"\\\s;]{1,128}>", re.IGNORECASE)
_TOLD_APART: Final = frozenset((b"expires", b"+sip.instance", b"reg-id", b"pub-gruu", b"temp-gruu"))
"""Parameters that are not kept as they were written."""


class Contact(NamedTuple):
    """One contact as asked for. `seconds` is 0 for one that is to go."""

    text: str
    """The URI as written."""
    uri: SipUri
    seconds: int
    priority: float
    instance: str
    """+sip.instance; empty when there is none."""
    flow_number: int
    """reg-id; 0 when there is none, or no instance that it could count for."""
    parameters: str


def read_contacts(request: Request, values: list[bytes], config: SipConfig) -> list[Contact]:
    """All contacts of a REGISTER. Refused when one of them is not to be had, SipParseError."""
    if len(values) > config.max_contacts:
        raise Refused(403, b"Too Many Contacts")
    if max(map(len, values), default=0) > LONGEST or len(request.call_id) > LONGEST:
        raise Refused(400, b"Contact or Call-ID Too Long")
    return [_read(request, value, config) for value in values]


def _read(request: Request, value: bytes, config: SipConfig) -> Contact:
    address = parse_address(value)
    try:
        text, uri = address.uri.decode(), parse_uri(address.uri)
    except (SipParseError, UnicodeDecodeError) as error:  # neither store nor status hold others
        raise Refused(400, b"Contact is not a SIP URI") from error
    parameters = address.parameters if address.suffix else {}
    instance = _instance(parameters.get(b"+sip.instance"))
    return Contact(
        text,
        uri,
        _seconds(request, parameters.get(b"expires"), config),
        _priority(parameters.get(b"q")),
        instance,
        _flow_number(parameters.get(b"reg-id")) if instance else 0,
        _kept(address) if parameters else "",
    )


def _seconds(request: Request, own: bytes | None, config: SipConfig) -> int:
    """Seconds granted (section 10.3 step 6), shortened to what we allow. 423 when too short."""
    text = own or request.value(b"expires")
    try:
        seconds = config.default_expires if text is None else parse_number(unquote(text))
    except SipParseError:
        seconds = config.default_expires  # section 20.19: malformed is as if not there
    if 0 < seconds < config.min_expires:
        raise Refused(423, headers=(b"Min-Expires: %d" % config.min_expires,))
    return min(seconds, config.max_expires)


def _priority(text: bytes | None) -> float:
    return float(text) if text and _QVALUE.fullmatch(text) else 1.0


def _instance(text: bytes | None) -> str:
    """A URN in angle brackets (RFC 5626 section 4.1); anything else is as if not there."""
    if text is None:
        return ""
    value = unquote(text)
    return value.decode("ascii", "replace") if _INSTANCE.fullmatch(value) else ""


def _flow_number(text: bytes | None) -> int:
    try:
        return parse_number(text, 2**31 - 1) if text else 0
    except SipParseError:
        return 0


def _kept(address: Address) -> str:
    """Parameters to give back as they came. Phones of a kind write the same: kept once."""
    kept = [
        b";" + name + (b"=" + value if value is not None else b"")
        for name, value in address.parameters.items()
        if name not in _TOLD_APART
    ]
    return intern(b"".join(kept).decode("utf-8", "surrogateescape"))
