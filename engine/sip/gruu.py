"""GRUUs: addresses that lead to one phone of a user (RFC 5627).

The public one names user and instance, and is the same for ever. The temporary one tells nobody
whose it is: it is the same encrypted, so no table of them is needed, and it holds as long as the
registration that it was given out with goes on, which the Call-ID tells (section 5.4.1).
"""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from os import urandom
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.sip.location import Binding
from engine.sip.wire.uri import SipUri, escape_user, unescape

_PREFIX: Final = "tgruu."
_NONCE: Final = 12
_MARK: Final = 8
_UNSAFE_IN_PARAMETER: Final = re.compile(r"[^A-Za-z0-9\-_.!~*'()\[\]/:&+$]")


class Gruu(NamedTuple):
    """Whom a GRUU means: a phone of a user."""

    user: str
    instance: str | bytes
    """Public: the instance in lower case. Temporary: a mark of it."""
    registration: bytes = b""
    """Temporary: a mark of the registration's Call-ID."""

    def fits(self, binding: Binding) -> bool:
        """Whether a binding of the user is one of that phone's."""
        if not self.registration:
            return _bare(binding.instance).lower() == self.instance
        marks = _mark(binding.instance), _mark(binding.call_id)
        return marks == (self.instance, self.registration)


class Gruus:
    """Makes the GRUUs of a domain and reads them again. `key` is secret and outlives restarts."""

    def __init__(self, key: bytes, domain: str) -> None:
        self._domain = domain.encode()
        self._cipher = AESGCM(hashlib.blake2b(b"temporary gruu", key=key[:64]).digest()[:32])

    def parameters(self, binding: Binding) -> bytes:
        """What the Contact of a phone with an instance is given in the 200 to REGISTER."""
        return b';pub-gruu="%s";temp-gruu="%s"' % (self._public(binding), self._temporary(binding))

    def read(self, uri: SipUri) -> Gruu | None:
        """Whom the URI means; None when it is no GRUU. The caller has seen that it is ours."""
        parameters = uri.parameters
        if b"gr" not in parameters:
            return None
        instance = parameters[b"gr"]
        if instance is None:
            return self._opened(uri.user)
        return Gruu(uri.user, unescape(instance).lower())

    def _public(self, binding: Binding) -> bytes:
        instance = _UNSAFE_IN_PARAMETER.sub(
            lambda match: f"%{ord(match[0]):02X}", _bare(binding.instance)
        )
        return b"sip:%s@%s;gr=%s" % (escape_user(binding.user), self._domain, instance.encode())

    def _temporary(self, binding: Binding) -> bytes:
        nonce = urandom(_NONCE)
        text = _mark(binding.instance) + _mark(binding.call_id) + binding.user.encode()
        sealed = nonce + self._cipher.encrypt(nonce, text, self._domain)
        token = urlsafe_b64encode(sealed).rstrip(b"=")
        return b"sip:%s%s@%s;gr" % (_PREFIX.encode(), token, self._domain)

    def _opened(self, user: str) -> Gruu:
        """The phone of a temporary GRUU; nobody's when we did not make it."""
        token = user.removeprefix(_PREFIX)
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            text = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], self._domain)
        except (ValueError, InvalidTag):
            return Gruu("", "")
        return Gruu(text[2 * _MARK :].decode(), text[:_MARK], text[_MARK : 2 * _MARK])


def _bare(instance: str) -> str:
    return instance.strip("<>")


def _mark(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=_MARK).digest()
