"""Header names: one canonical spelling (lower case bytes) for every way to write a name.

A header must be recognised by the next hop exactly when we recognise it, else an attacker hides
one from us. So compact forms count (RFC 3261 section 7.3.3), case does not, and of white space
only SP and HTAB may stand before the colon (section 7.3.1).
"""

import re
from typing import Final

COMPACT: Final = {
    b"a": b"accept-contact", b"b": b"referred-by", b"c": b"content-type",
    b"d": b"request-disposition", b"e": b"content-encoding", b"f": b"from",
    b"i": b"call-id", b"j": b"reject-contact", b"k": b"supported", b"l": b"content-length",
    b"m": b"contact", b"n": b"identity-info", b"o": b"event", b"r": b"refer-to",
    b"s": b"subject", b"t": b"to", b"u": b"allow-events", b"v": b"via", b"x": b"session-expires",
    b"y": b"identity",
}  # fmt: skip
"""IANA's registry of compact forms."""

USUAL: Final = (
    b"Accept", b"Alert-Info", b"Allow", b"Allow-Events", b"Authorization", b"Call-ID",
    b"Call-Info", b"Contact", b"Content-Disposition", b"Content-Encoding", b"Content-Length",
    b"Content-Type", b"CSeq", b"Date", b"Diversion", b"Event", b"Expires", b"From",
    b"History-Info", b"Max-Forwards", b"Min-Expires", b"Min-SE", b"Organization",
    b"P-Asserted-Identity", b"P-Preferred-Identity", b"Path", b"Privacy", b"Proxy-Authenticate",
    b"Proxy-Authorization", b"Proxy-Require", b"RAck", b"RSeq", b"Reason", b"Record-Route",
    b"Refer-To", b"Referred-By", b"Replaces", b"Require", b"Retry-After", b"Route", b"Server",
    b"Session-Expires", b"Subject", b"Subscription-State", b"Supported", b"Timestamp", b"To",
    b"Unsupported", b"User-Agent", b"Via", b"WWW-Authenticate", b"Warning",
)  # fmt: skip

SPELLINGS: Final[dict[bytes, bytes]] = {
    spelling: canonical
    for name, canonical in [(name, name.lower()) for name in USUAL] + list(COMPACT.items())
    for spelling in (name, name.lower(), name.upper(), name.title())
}
"""The usual spellings: one dictionary look-up for nearly every real header."""

COMMON: Final = (
    b"Via", b"From", b"To", b"Call-ID", b"CSeq", b"Max-Forwards", b"Content-Length",
    b"Contact", b"Record-Route", b"Route", b"Content-Type", b"User-Agent", b"Server", b"Allow",
    b"Supported", b"Allow-Events", b"Expires", b"Event", b"Accept", b"Authorization",
    b"Proxy-Authorization", b"Session-Expires", b"Min-SE", b"Subscription-State", b"Date",
    b"Organization", b"Content-Disposition",
)  # fmt: skip
"""Headers, as spelled here, that a message may have and still be a usual one (see `usual`).

All on which we act only rarely are left out, so that a usual message is known not to have them.
"""

MARKS: Final = {name.lower(): b"\r\n" + name + b":" for name in COMMON}
"""What such a header begins with."""

TOKEN: Final = re.compile(rb"[A-Za-z0-9\-.!%*_+`'~]+")


def canonical_name(name: bytes) -> bytes:
    """Canonical spelling of what stands before the colon; empty when that is no name."""
    name = name.rstrip(b" \t")
    if not TOKEN.fullmatch(name):
        return b""
    name = name.lower()
    return COMPACT.get(name, name)
