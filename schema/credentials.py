"""Derived secrets: pure functions of a master key that lives outside the tree.

Nothing secret is stored: a password is HKDF-SHA256 (RFC 5869) of the master key over who it
is for. Whoever has the key can make every password again; whoever has the tree has none.
Raising an epoch gives new passwords. This module reads no file and keeps nothing.
"""

import base64

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_KEY_BYTES = 32


def _derive(master: bytes, length: int, *context: str) -> bytes:
    """Bind every part with its length, so that ("a", "bc") and ("ab", "c") differ."""
    info = b"".join(
        len(part.encode()).to_bytes(4, "big") + part.encode() for part in ("dialtree", *context)
    )
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(master)


def sip_password(master: bytes, system: str, user: str, device: str, epoch: int) -> str:
    """The digest password of `user` on `device` ("" for a softphone): 24 characters, 120 bits.

    `system` is the SIP domain, `epoch` the user's. Lower-case letters and digits only: it may
    have to be typed on a phone's key pad.
    """
    secret = _derive(master, 15, "sip-password", system, user, device, str(epoch))
    return base64.b32encode(secret).decode().lower()


def login_password(master: bytes, system: str, user: str, epoch: int) -> str:
    """The password that `user` logs in with on pages: 16 characters, 80 bits. `epoch`: the user's.

    Lower-case letters and digits only: somebody reads it to them.
    """
    secret = _derive(master, 10, "login", system, user, str(epoch))
    return base64.b32encode(secret).decode().lower()


def admin_password(master: bytes, system: str, device: str, epoch: int) -> str:
    """The password of a phone's own web page and menus: 16 characters, 80 bits."""
    secret = _derive(master, 10, "phone-admin", system, device, str(epoch))
    return base64.b32encode(secret).decode().lower()


def provisioning_token(master: bytes, system: str, device: str, epoch: int) -> str:
    """The unguessable part of a phone's provisioning URL: 128 bits, safe in a URL."""
    secret = _derive(master, 16, "provisioning-url", system, device, str(epoch))
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


def nonce_key(master: bytes, system: str) -> bytes:
    """The key under which the registrar signs its digest challenges."""
    return _derive(master, 32, "digest-nonce", system)


def location_key(master: bytes, system: str) -> bytes:
    """The key that seals the URLs of emergency locations."""
    return _derive(master, 32, "emergency-location", system)
