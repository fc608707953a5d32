"""Digest credentials as they stand in Authorization and Proxy-Authorization, and their arithmetic.

RFC 7616 section 3.4, with the algorithms that RFC 8760 allows for SIP. Pure functions.
"""

import hashlib
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from engine.sip.wire.fields import remembered, unquote

_FIELD: Final = re.compile(
    rb"(?<![A-Za-z0-9\-_.])([A-Za-z0-9\-_.]++)[ \t]*+=[ \t]*+"
    rb"(?:\"([^\"\\]*+)\"|([^\s,\"]++)|(\"(?:[^\"\\]|\\.)*+\"))"  # quoted, bare, with escapes
)
_COUNT: Final = re.compile(rb"[0-9A-Fa-f]{8}")

HASHES: Final[dict[str, Callable[[bytes], Any]]] = {
    "md5": partial(hashlib.md5, usedforsecurity=False),
    "sha-256": hashlib.sha256,
}
"""Algorithms by their name in lower case."""

WIRE_NAMES: Final = {"md5": b"MD5", "sha-256": b"SHA-256"}
_ALGORITHMS: Final = {name.lower(): algorithm for algorithm, name in WIRE_NAMES.items()}


class Credentials(NamedTuple):
    """One answer to a challenge. `nonce_count` is 0 without qop (RFC 2069 style)."""

    username: bytes
    realm: bytes
    nonce: bytes
    uri: bytes
    response: bytes
    algorithm: str
    qop: bytes
    count_text: bytes
    cnonce: bytes

    @property
    def nonce_count(self) -> int:
        """The nonce count; 0 without qop."""
        return int(self.count_text, 16) if self.qop else 0


def parse_credentials(value: bytes) -> Credentials | None:
    """Parse one header value. None for other schemes, missing or malformed fields."""
    scheme, _, rest = value.partition(b" ")
    if scheme.lower() != b"digest":
        return None
    found = _FIELD.findall(rest)
    fields = {
        name.lower(): quoted or bare or (unquote(escaped) if escaped else b"")
        for name, quoted, bare, escaped in found
    }
    return _checked(fields) if len(fields) == len(found) else None


def _checked(fields: dict[bytes, bytes]) -> Credentials | None:
    algorithm = _ALGORITHMS.get(fields.get(b"algorithm", b"MD5").lower())
    qop = fields.get(b"qop", b"").lower()
    count, nonce_of_client = fields.get(b"nc", b""), fields.get(b"cnonce", b"")
    if algorithm is None or qop not in (b"", b"auth"):
        return None
    if qop and not (_COUNT.fullmatch(count) and nonce_of_client):
        return None
    try:
        return Credentials(
            fields[b"username"], fields[b"realm"], fields[b"nonce"], fields[b"uri"],
            fields[b"response"].lower(), algorithm, qop, count, nonce_of_client,
        )  # fmt: skip
    except KeyError:
        return None


def secret_hash(algorithm: str, username: bytes, realm: bytes, password: str) -> bytes:
    """H(A1): what a server may keep in place of the password. Hexadecimal."""
    a1 = b":".join((username, realm, password.encode()))
    return _hex(HASHES[algorithm](a1))


def expected_response(credentials: Credentials, method: str, secret: bytes) -> bytes:
    """The response that somebody who knows the password gives. `secret` is H(A1)."""
    function = HASHES[credentials.algorithm]
    a2 = _TARGETS[credentials.algorithm](b"%s:%s" % (method.encode(), credentials.uri))
    if credentials.qop:
        _, _, nonce, _, _, _, qop, count, nonce_of_client = credentials
        return _hex(function(b":".join((secret, nonce, count, nonce_of_client, qop, a2))))
    return _hex(function(b":".join((secret, credentials.nonce, a2))))


def _hex(digest: Any) -> bytes:
    text: str = digest.hexdigest()
    return text.encode("ascii")


def _remembered_hash(function: Callable[[bytes], Any]) -> Callable[[bytes], bytes]:
    return remembered(lambda text: _hex(function(text)))


_TARGETS: Final = {name: _remembered_hash(function) for name, function in HASHES.items()}
"""H(A2) of method and URI, by algorithm. All phones name the same few, and they are no secret."""
