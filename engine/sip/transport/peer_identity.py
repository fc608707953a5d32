"""Whether a certificate is that of the SIP domain we mean (RFC 5922 section 7).

The chain has been verified by then. Names are compared as a whole: no wildcards (section 7.2).
Common names are not looked at: certificates without subjectAltName are not issued any more.
"""

import ipaddress
import ssl
from collections.abc import Iterable

Names = Iterable[tuple[str, str]]
"""Kind and value of each subjectAltName, as ssl.SSLSocket.getpeercert has them."""


def mismatch(session: ssl.SSLObject | None, host: str) -> str:
    """Why the peer of a TLS session is not `host`, for people; empty when it is."""
    certificate = session.getpeercert() if session is not None else None
    names: Names = (certificate or {}).get("subjectAltName", ())  # type: ignore[assignment]
    identities = sip_identities(names)
    if _same(host, identities):
        return ""
    known = ", ".join(sorted(identities)[:5]) or "nobody by name"
    return f"its certificate is that of {known}, not of {host}"


def sip_identities(names: Names) -> frozenset[str]:
    """Domains and addresses that a certificate with these names vouches for (section 7.1)."""
    names = tuple(names)
    domains = {value[4:].lower() for kind, value in names if kind == "URI" and _is_domain(value)}
    if domains:
        return frozenset(domains)  # DNS names count only where there is no such URI
    return frozenset(value.lower() for kind, value in names if kind in ("DNS", "IP Address"))


def _is_domain(uri: str) -> bool:
    """A sip: URI without a user: one with a user is a person's (section 7.1 point 2)."""
    return uri[:4].lower() == "sip:" and "@" not in uri


def _same(host: str, identities: frozenset[str]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.rstrip(".").lower() in identities
    return any(_address(identity) == address for identity in identities)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def refusal(error: ssl.SSLError) -> str:
    """Why a handshake failed, for people."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted: {error.verify_message}"
    return f"no TLS with it: {(error.reason or str(error)).replace('_', ' ').lower()}"
