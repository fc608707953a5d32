"""Sealed secrets: age (age-encryption.org/v1) around a value and the path that it is for.

Inside a sealed text stand lines as in a mail, an empty line, and the value to its last byte:

    path: directories/corp/bind/password
    recipients: 5ae2… 91c0…

    the value

The path keeps whoever may write to the tree, but not open it, from having a sealed text opened in
another place: as the password of a server of theirs. `recipients` says for whom it was sealed, as
fingerprints; age itself tells nobody. May know: pyrage. May not: the tree.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyrage

from engine.secrets.errors import SecretsError
from engine.secrets.identities import Identities
from schema.models.secret import sealed_bytes
from schema.source import SecretReference

_PATH: Final = b"path: "
_RECIPIENTS: Final = b"recipients: "
_AGAIN: Final = "seal it with `pbx secrets encrypt {}`"


@dataclass(frozen=True)
class Opened:
    """What a sealed text held. `recipients` is empty where it was not sealed by us."""

    path: str
    value: bytes = field(repr=False)
    recipients: frozenset[str]


def seal(value: bytes, path: str, recipients: Sequence[str]) -> SecretReference:
    """Seal a value for all recipients. Raises SecretsError where there are none, or bad ones."""
    if not recipients:
        raise SecretsError(
            "there is nobody to seal for: put the line that `pbx secrets init` prints under "
            "system.secrets.recipients"
        )
    marks = " ".join(sorted(fingerprints(recipients))).encode()
    plain = _PATH + path.encode() + b"\n" + _RECIPIENTS + marks + b"\n\n" + value
    sealed = pyrage.encrypt(plain, [_recipient(text) for text in recipients], armored=True)
    return SecretReference("age", sealed.decode("ascii"))


def unseal(secret: SecretReference, path: str, identities: Identities) -> Opened:
    """Open a sealed text that stands at a path of the tree.

    Raises SecretsError where no key fits, and where the text was sealed for another path.
    """
    opened = parsed(_decrypted(secret, path, identities), path)
    if opened.path != path:
        raise SecretsError(
            f"{path} was sealed for {_printable(opened.path)}, not for this place: "
            + _AGAIN.format(path)
        )
    return opened


def parsed(plain: bytes, path: str) -> Opened:
    """Take what was sealed apart. Raises SecretsError when no path is inside."""
    head, found, value = plain.partition(b"\n\n")
    lines = head.split(b"\n")
    if not found or not lines[0].startswith(_PATH):
        raise SecretsError(
            f"{path} was sealed without the path that it is for: {_AGAIN.format(path)}"
        )
    marks = next((line for line in lines[1:] if line.startswith(_RECIPIENTS)), b"")
    return Opened(
        lines[0].removeprefix(_PATH).strip().decode("utf-8", "replace"),
        value,
        frozenset(marks.removeprefix(_RECIPIENTS).decode("utf-8", "replace").split()),
    )


def fingerprints(recipients: Iterable[str]) -> frozenset[str]:
    """Short names of public keys; a comment behind an SSH key does not count."""
    keys = (" ".join(text.split()[:2]) for text in recipients)
    return frozenset(hashlib.sha256(key.encode()).hexdigest()[:16] for key in keys)


def _recipient(text: str) -> "pyrage.x25519.Recipient | pyrage.ssh.Recipient":
    try:
        if text.startswith("age1"):
            return pyrage.x25519.Recipient.from_str(text)
        return pyrage.ssh.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise SecretsError(f'the recipient "{text}" is no public key: {error}') from None


def _decrypted(secret: SecretReference, path: str, identities: Identities) -> bytes:
    try:
        data = sealed_bytes(secret.text)
    except ValueError:
        raise SecretsError(f"{path} is not a text that age has sealed") from None
    try:
        return pyrage.decrypt(data, identities.keys)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise SecretsError(
                f"{path} is sealed for others than {identities.name}: whoever can open it lists "
                "this node's recipient, and runs `pbx secrets rotate --recipients`"
            ) from None
        raise SecretsError(f"{path} cannot be opened: {error}; {_AGAIN.format(path)}") from None


def _printable(text: str) -> str:
    shown = "".join(one if one.isprintable() else "?" for one in text[:200])
    return f'"{shown}"'
