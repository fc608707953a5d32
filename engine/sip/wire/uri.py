"""SIP URIs: parse, compare, escape (RFC 3261 section 19.1). Knows no headers and no domains."""

import re
from typing import Final, NamedTuple

from engine.sip.wire.errors import SipParseError
from engine.sip.wire.fields import Parameters, parse_parameters, remembered

_URI: Final = re.compile(
    rb"(sips?):"
    rb"(?:([^@:<>\" ]*)(?::([^@<>\" ]*))?@)?"  # user, password
    rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.\-]+)"  # host
    rb"(?::(\d{1,5}))?"
    rb"(;[^?<>\" ]*)?"  # parameters
    rb"(\?[^<>\" ]*)?",  # headers
    re.IGNORECASE,
)
_SCHEME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*:.", re.DOTALL)
_ESCAPED: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_PERCENT: Final = ord("%")
"""A number, because `bytes in bytes` costs ten times `int in bytes`."""
_UNSAFE_IN_USER: Final = re.compile(r"[^A-Za-z0-9\-_.!~*'()&=+$,;?/]")

DEFAULT_PORT: Final = {b"udp": 5060, b"tcp": 5060, b"tls": 5061}


class SipUri(NamedTuple):
    """A sip: or sips: URI. `user` is unescaped; `host` is lower case, IPv6 without brackets."""

    scheme: bytes
    user: str
    host: str
    port: int
    """0 when not given."""
    parameter_text: bytes
    """From the first semicolon on, as written."""
    header_text: bytes

    @property
    def parameters(self) -> Parameters:
        """URI parameters by lower-case name."""
        return parse_parameters(self.parameter_text)

    @property
    def transport(self) -> bytes:
        """Lower-case transport parameter; empty when not given."""
        return (self.parameters.get(b"transport") or b"").lower() if self.parameter_text else b""

    @property
    def identity(self) -> tuple[bytes, str, str, int, bytes]:
        """What tells one contact from another; equal for equivalent URIs (section 19.1.4).

        Of the parameters only transport counts: a phone that comes back with another
        `;ob` or `;line=` is meant to replace its binding, and its Call-ID proves nothing.
        """
        return self.scheme, self.user, self.host, self.port, self.transport


SOS: Final = SipUri(b"sip", "sos", "", 0, b"", b"")
"""What urn:service:sos and its subservices (RFC 5031) mean as a Request-URI: help, wherever. No
URI that was parsed is without a host."""
_SOS: Final = re.compile(rb"urn:service:sos(?:\.[A-Za-z0-9.\-]+)?", re.IGNORECASE)


def parse_request_uri(raw: bytes) -> SipUri:
    """As `parse_uri`, and SOS for an emergency service."""
    try:
        return parse_uri(raw)
    except SipParseError:
        if _SOS.fullmatch(raw):
            return SOS
        raise


@remembered
def parse_uri(raw: bytes) -> SipUri:
    """Parse a sip: or sips: URI. SipParseError: status 416 for other schemes, else 400."""
    match = _URI.fullmatch(raw)
    if match is None:
        raise _error(raw)
    scheme, user, _password, host, port, parameters, headers = match.groups()
    if port is not None and not 0 < int(port) <= 65535:
        raise SipParseError("Port out of range")
    return SipUri(
        scheme.lower(),
        unescape(user) if user else "",
        host.strip(b"[]").lower().decode("ascii"),
        int(port or 0),
        parameters or b"",
        headers or b"",
    )


def _error(raw: bytes) -> SipParseError:
    scheme = raw.partition(b":")[0].lower()
    if scheme not in (b"sip", b"sips") and _SCHEME.match(raw):
        return SipParseError("Unsupported URI Scheme", 416)
    return SipParseError("Malformed URI")


def unescape(text: bytes) -> str:
    """Undo %-escapes; bytes that are not UTF-8 stay distinguishable (surrogates)."""
    if _PERCENT in text:
        text = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), text)
    return text.decode("utf-8", "surrogateescape")


def escape_user(user: str) -> bytes:
    """User part of a URI, with what RFC 3261 does not allow there escaped ('#' for one)."""

    def percent(match: re.Match[str]) -> str:
        return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))

    return _UNSAFE_IN_USER.sub(percent, user).encode("ascii")


def bracketed(host: str) -> str:
    """A host as it stands in URIs and Via: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host
