"""What the callee is told of a caller of ours (RFC 3325), unless the caller would rather not.

From is what a phone says of itself, and its display name can be anything. So beside it we say who
proved to be calling: with the name from the tree, and one of the user's own addresses, theirs to
choose by From or P-Preferred-Identity.
"""

from functools import lru_cache

from engine.sip.config import Account
from engine.sip.errors import Refused
from engine.sip.proxy.domain import Domain
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.fields import parse_address
from engine.sip.wire.uri import SipUri, escape_user, parse_uri

HIDING = frozenset((b"id", b"user", b"header"))
"""Privacy values with which nobody outside of the trusted gateways is told who calls."""
REVEALING = frozenset(
    (
        b"privacy", b"p-preferred-identity", b"remote-party-id", b"subject", b"call-info",
        b"organization", b"user-agent", b"reply-to", b"in-reply-to", b"referred-by",
    )
)  # fmt: skip
"""What does not go to a gateway that is not to show who calls: RFC 3323 sections 5.1 and 5.3 as far
as a proxy may go; Privacy is written anew."""
_BEYOND_US = frozenset((b"user", b"header", b"session"))
"""They ask for From, Contact and SDP to be rewritten, which needs to be in the call (RFC 3323)."""


def privacy_of(request: Request) -> frozenset[bytes]:
    """Values of the Privacy header (RFC 3323 section 4.2), in lower case."""
    value = request.value(b"privacy")
    if value is None:
        return frozenset()
    return frozenset(each.strip(b" \t") for each in value.lower().replace(b",", b";").split(b";"))


def anonymity(request: Request) -> bytes:
    """Privacy line that asks a gateway to show nobody (RFC 3325 section 9.3), besides what the
    caller asked for."""
    wanted = privacy_of(request) - {b"none", b""} | {b"id"}
    return b"Privacy: " + b";".join(sorted(wanted))


def check_privacy(request: Request) -> None:
    """Refused, 500, where privacy is critical that only a call's end point could give."""
    wanted = privacy_of(request)
    if b"critical" in wanted and wanted & _BEYOND_US:
        raise Refused(500, b"Privacy Not Available")


def assertion(request: Request, account: Account, domain: Domain) -> bytes:
    """P-Asserted-Identity line for phones, empty when the caller hides."""
    sender = parse_uri(request.sender.uri)
    if not domain.owns(sender, account) or privacy_of(request) & HIDING:
        return b""
    return _line(account.name, _preferred(request, account, domain) or sender.user, domain.name)


def _preferred(request: Request, account: Account, domain: Domain) -> str:
    """The user part of an own address in P-Preferred-Identity (RFC 3325 section 6)."""
    for value in request.values(b"p-preferred-identity"):
        try:
            uri: SipUri = parse_uri(parse_address(value).uri)
        except SipParseError:
            continue
        if domain.is_own_host(uri.host) and domain.owns(uri, account):
            return uri.user
    return ""


@lru_cache(4096)
def _line(name: str, user: str, domain: str) -> bytes:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').encode()
    address = b"<sip:%s@%s>" % (escape_user(user), domain.encode())
    return b'P-Asserted-Identity: "%s" %s' % (quoted, address)
