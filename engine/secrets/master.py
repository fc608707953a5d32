"""The master key of a node and what is derived from it.

The only module that reads the key file. The key is made on first run and never leaves the
machine; plans and logs hold nothing that comes out of it, only whom it is for and its epoch.
"""

import secrets
from functools import lru_cache
from pathlib import Path

from engine.secrets.errors import SecretsError
from engine.secrets.files import make_private
from schema import credentials


def load_master_key(path: Path) -> bytes:
    """Read the key. Raises SecretsError when it is missing, too open or not a key."""
    try:
        mode = path.stat().st_mode & 0o777
        key = path.read_bytes()
    except FileNotFoundError:
        raise SecretsError(
            f"there is no master key at {path}: passwords are derived on the node, "
            "which makes the key on its first `pbx run`"
        ) from None
    except OSError as error:
        raise SecretsError(f"cannot read the master key {path}: {error.strerror}") from error
    if mode & 0o077:
        raise SecretsError(
            f"the master key {path} can be read by others (mode {mode:04o}): "
            f"run `chmod 600 {path}`, and raise the epochs if it may have been seen"
        )
    if len(key) != credentials.MASTER_KEY_BYTES:
        raise SecretsError(f"{path} is not a master key: restore it from your backup")
    return key


def load_or_create_master_key(path: Path) -> bytes:
    """Read the key, or make one (mode 0600, complete or not at all)."""
    if not path.exists():
        make_private(path, secrets.token_bytes(credentials.MASTER_KEY_BYTES), "the master key")
    return load_master_key(path)


class Secrets:
    """Derived secrets of one system, remembered because HKDF costs 10 µs a call."""

    def __init__(self, master: bytes, domain: str) -> None:
        self._master = master
        self.domain = domain
        self.sip_password = lru_cache(maxsize=4096)(self._sip_password)
        self.provisioning_token = lru_cache(maxsize=65536)(self._provisioning_token)

    def _sip_password(self, user: str, device: str, epoch: int) -> str:
        """The digest password of `user` on `device` ("" for a softphone)."""
        return credentials.sip_password(self._master, self.domain, user, device, epoch)

    def _provisioning_token(self, device: str, epoch: int) -> str:
        """The unguessable part of the phone's provisioning URL."""
        return credentials.provisioning_token(self._master, self.domain, device, epoch)

    def login_password(self, user: str, epoch: int) -> str:
        """The password that `user` logs in with on pages, where no directory has one."""
        return credentials.login_password(self._master, self.domain, user, epoch)

    def admin_password(self, device: str, epoch: int) -> str:
        """The password of the phone's own menus and web page."""
        return credentials.admin_password(self._master, self.domain, device, epoch)

    def nonce_key(self) -> bytes:
        """The key that signs digest challenges."""
        return credentials.nonce_key(self._master, self.domain)

    def location_key(self) -> bytes:
        """The key that seals the URLs of emergency locations."""
        return credentials.location_key(self._master, self.domain)
