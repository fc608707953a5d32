"""Sentences for what went wrong with a server: "refuses the connection: is it running?".

They follow the server's URL. May know: exceptions of sockets, TLS and ldap3, results of LDAP.
May not: passwords, which are in none of these.
"""

import re
import socket
import ssl
from collections.abc import Mapping
from typing import Any, Final

from ldap3.core.exceptions import LDAPException

_NAME_MISMATCH: Final = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_NOT_YET, _EXPIRED = 9, 10  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED

_MICROSOFT: Final[Mapping[str, str]] = {
    "525": "there is no such account: check bind: dn",
    "52e": "the password is wrong",
    "530": "the account may not log in at this hour",
    "531": "the account may not log in from this machine",
    "532": "the account's password has expired: set a new one, which does not expire",
    "533": "the account is disabled: enable it, or name another one",
    "701": "the account has expired",
    "773": "the account has to set a new password first",
    "775": "the account is locked: unlock it in the directory",
}
"""What Active Directory says behind "data" when it refuses a bind ([MS-ERREF] 2.2)."""

_RESULTS: Final[Mapping[int, str]] = {
    1: "wants a bind first: add bind: {dn: …, password: …}",
    2: "does not understand the question",
    3: "ran out of time: narrow bases or filter, or raise its limit for the account",
    4: "says no more than its limit: lower page_size, or raise its limit for the account",
    7: "does not know this way to bind: use another one",
    8: "wants TLS: remove starttls: false, or write ldaps://",
    10: "refers to another server: name that one in servers",
    11: "has a limit on what it says: lower page_size, or raise its limit for the account",
    13: "wants TLS: remove starttls: false, or write ldaps://",
    32: "has nothing there, or hides it from the account: check the name and the account's rights",
    34: "cannot read the name: copy it from the directory",
    48: "does not take this way to bind for the account",
    49: "refuses the account: check bind (the DN, and the password that is named there)",
    50: "does not let the account read there: grant it that, or name another account",
    53: "will not: an anonymous bind may be forbidden, so add bind: {dn: …, password: …}",
}
"""Results of RFC 4511 section 4.1.9 that somebody can do something about."""

BUSY: Final = (51, 52)
"""busy, unavailable: another server may not be."""


def of_result(result: Mapping[str, Any]) -> str:
    """A sentence for a result that is no success."""
    code, message = int(result.get("result", -1)), str(result.get("message") or "")
    data = re.search(r"\bdata ([0-9a-f]{3})\b", message[:500])
    if code == 49 and data is not None and data[1] in _MICROSOFT:
        return f"refuses the account: {_MICROSOFT[data[1]]}"
    if code in _RESULTS:
        return _RESULTS[code]
    said = f": {_printable(message)}" if message else ""
    return f"answers {result.get('description') or code}{said}"


def of_error(error: BaseException) -> str:
    """A sentence for an exception on the way to a server."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_certificate(error)
    if not isinstance(error, LDAPException | OSError):
        return "answers something that is not LDAP: check the port"
    if isinstance(error, ssl.SSLError):
        return f"does not speak TLS there ({error.reason or 'TLS failed'}): check the port"
    return _of_socket(error)


def _of_certificate(error: ssl.SSLCertVerificationError) -> str:
    # What ldap3 raises again has lost its code; sync.ldap.connect keeps the first one.
    code, message = getattr(error, "verify_code", 0), getattr(error, "verify_message", "")
    if code in _NAME_MISMATCH:
        return f"has a certificate for another name: write that one in servers ({message})"
    if code in (_NOT_YET, _EXPIRED):
        return "has a certificate that has expired, or is not valid yet: renew it, or set the clock"
    return (
        "has a certificate of an authority that is not trusted here: name the authority's "
        f"certificate in tls: {{ca_file: /…}} ({message or 'not verified'})"
    )


def _of_socket(error: BaseException) -> str:
    text = str(error)
    if isinstance(error, socket.gaierror) or "invalid server address" in text:
        return "is unknown to DNS: check the name"
    if isinstance(error, TimeoutError) or "timed out" in text:
        return "does not answer in time: check the way there, or raise timeout"
    if isinstance(error, ConnectionRefusedError) or "Connection refused" in text:
        return "refuses the connection: check that it runs, and the port"
    if (
        "no response" in text
        or "closed" in text
        or "terminated" in text
        or "reset" in text
        or "Broken pipe" in text
    ):
        return "closed the connection"
    return f"cannot be asked: {_printable(text) or type(error).__name__}"


def _printable(text: str) -> str:
    """What a server says, in one short line."""
    return "".join(c if c.isprintable() else " " for c in text)[:200].strip()
