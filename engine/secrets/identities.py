"""Private keys that open sealed secrets: of age, or of SSH. The only module that reads them.

`age.key` in the state directory is as age-keygen writes it, or a link to an SSH private key.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyrage
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from engine.secrets.errors import SecretsError
from engine.secrets.files import make_private, read_bounded

Identity = pyrage.x25519.Identity | pyrage.ssh.Identity

_BEGINNING: Final = "AGE-SECRET-KEY-1"
_PRIVATE_KEY: Final = b"PRIVATE KEY-----"


@dataclass(frozen=True)
class Identities:
    """The keys of one file. `public` holds their recipients."""

    name: str
    keys: list[Identity] = field(repr=False)
    public: tuple[str, ...]


def load_identities(path: Path) -> Identities:
    """Read a file of keys. Raises SecretsError when it is missing, too open or holds none."""
    try:
        data, mode = read_bounded(path)
    except FileNotFoundError:
        raise SecretsError(
            f"there is no key at {path} to open sealed secrets with: `pbx secrets init` makes one; "
            "if there was one, restore it from your backup"
        ) from None
    except OSError as error:
        raise SecretsError(f"cannot read the key {path}: {error.strerror}") from error
    if mode & 0o077:
        raise SecretsError(
            f"the key {path} can be read by others (mode {mode:04o}): run `chmod 600 {path}`; "
            "if it may have been seen, make a new one and have the secrets changed"
        )
    if _PRIVATE_KEY in data:
        return Identities(str(path), [_of_ssh(path, data)], _public_of_ssh(data))
    return _of_age(path, data)


def make_identity(path: Path) -> bool:
    """Make a key of age. False when there is one already: it is never replaced."""
    identity = pyrage.x25519.Identity.generate()
    text = f"# public key: {identity.to_public()}\n{identity}\n"
    return make_private(path, text.encode("ascii"), "the key")


def link_identity(path: Path, ssh_key: Path) -> bool:
    """Let an SSH private key be the node's. False when there is a key already."""
    load_identities(ssh_key)
    try:
        path.symlink_to(ssh_key.absolute())
    except FileExistsError:
        return False
    except OSError as error:
        raise SecretsError(f"cannot make the key {path}: {error.strerror}") from error
    return True


def _of_age(path: Path, data: bytes) -> Identities:
    """One key a line, lines of comment between them."""
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
    texts = [line for line in lines if line and not line.startswith("#")]
    try:
        keys = [pyrage.x25519.Identity.from_str(text) for text in texts]
    except pyrage.IdentityError:
        keys = []
    if not keys:
        raise SecretsError(
            f"{path} holds no key of age ({_BEGINNING}…) and no SSH private key: "
            "restore it from your backup"
        )
    return Identities(str(path), [*keys], tuple(str(key.to_public()) for key in keys))


def _of_ssh(path: Path, data: bytes) -> Identity:
    try:
        return pyrage.ssh.Identity.from_buffer(data)
    except pyrage.IdentityError as error:
        raise SecretsError(
            f"the SSH key {path} cannot be used: {error}; it has to be of ed25519 or rsa, "
            "and without a passphrase, since nobody is asked"
        ) from None


def _public_of_ssh(data: bytes) -> tuple[str, ...]:
    """The public key, as it stands in files of ssh-keygen; it is part of the private one."""
    load = load_ssh_private_key if b"OPENSSH" in data else load_pem_private_key
    key = load(data, None).public_key()
    public = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return (public.decode("ascii"),)
