"""What a caller from outside shows: the number that the dial plan is asked with.

Written as it came, without what only makes it readable. Whether digits are national or
international is for the dial plan to say, which knows the gateway's site.
"""

import re
from typing import Final

from engine.sip.proxy.assertion import privacy_of
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.fields import parse_address, remembered
from engine.sip.wire.uri import parse_uri, unescape

ANONYMOUS: Final = "anonymous"
UNNAMED_HOSTS: Final = ("anonymous", "anonymous.invalid")
"""What a caller who wants to stay unnamed writes into From (RFC 3323 section 4.1.1.3)."""

LONGEST: Final = 64
"""Characters. No number has as many; decisions are remembered with it."""

_UNSHOWN: Final = frozenset((b"id", b"user"))
_TELEPHONE: Final = re.compile(rb"tel:([^;]+)(?:;|$)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\+?[0-9*#]+")
_SEPARATORS: Final = str.maketrans("", "", "-.() ")
"""Visual separators (RFC 3966 section 5.1.1), and the space that some write."""


def number_of(request: Request) -> str:
    """The caller's number, or name where it is no number; "" for one who is anonymous.

    The gateway is trusted, so what it asserts counts before From (RFC 3325 section 9.2).
    """
    if request.below is not None:  # a usual message has neither of the two headers below
        return _user(request.sender.uri)
    if privacy_of(request) & _UNSHOWN:
        return ""
    for value in request.occurrences(b"p-asserted-identity"):
        number = _asserted(value)
        if number:
            return number
    return _user(request.sender.uri)


def _asserted(value: bytes) -> str:
    """The first of two identities that shows anything: a sip: and a tel: one may stand there."""
    for each in value.split(b","):
        try:
            number = _user(parse_address(each.strip(b" \t")).uri)
        except SipParseError:
            continue
        if number:
            return number
    return ""


@remembered
def _user(uri: bytes) -> str:
    telephone = _TELEPHONE.match(uri)
    if telephone is not None:
        return _plain(unescape(telephone[1]))
    try:
        address = parse_uri(uri)
    except SipParseError:
        return ""
    if address.host in UNNAMED_HOSTS or address.user.lower() == ANONYMOUS:
        return ""
    return _plain(address.user.partition(";")[0])


def _plain(user: str) -> str:
    bare = user.translate(_SEPARATORS)
    return (bare if _NUMBER.fullmatch(bare) else user)[:LONGEST]
