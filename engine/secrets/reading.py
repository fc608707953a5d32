"""What a secret of the tree is worth on this node: environment, file, or sealed text.

Read at use and not kept, so that a changed file needs no restart. Blocks: it reads files.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.secrets.errors import SecretsError
from engine.secrets.files import read_bounded
from engine.secrets.identities import Identities, load_identities
from engine.secrets.sealing import unseal
from schema.source import SecretReference

READABLE_BY_ALL = 0o004


def _say_nothing(_: str) -> None:
    """Nobody listens: `pbx secrets doctor` says the same."""


@dataclass(frozen=True)
class SecretReader:
    """Opens secrets with the key at `identity`; `warn` is told of files that all can read."""

    identity: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    warn: Callable[[str], None] = _say_nothing

    def read(self, secret: SecretReference, path: str) -> bytes:
        """The value of the secret that stands at a path ("directories/corp/bind/password").

        Raises SecretsError; its text names the path and what to do, and never holds the value.
        """
        value = _WAYS[secret.kind](self, secret, path)
        if not value:
            raise SecretsError(f"{path} ({secret}) is empty")
        return value

    def text(self, secret: SecretReference, path: str) -> str:
        """The same as text. Raises SecretsError when it is not UTF-8."""
        try:
            return self.read(secret, path).decode("utf-8")
        except UnicodeDecodeError:
            raise SecretsError(f"{path} ({secret}) is not UTF-8 text") from None

    def identities(self) -> Identities:
        """The keys that open sealed secrets. Raises SecretsError."""
        return load_identities(self.identity)

    def _from_environment(self, secret: SecretReference, path: str) -> bytes:
        value = self.environment.get(secret.text)
        if value is None:
            raise SecretsError(
                f"{path} is in the environment variable {secret.text}, which is not set: "
                "set it where `pbx` is started"
            )
        return value.encode("utf-8", "surrogateescape")

    def _from_file(self, secret: SecretReference, path: str) -> bytes:
        try:
            data, mode = read_bounded(Path(secret.text))
        except (OSError, SecretsError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SecretsError(f"{path} cannot be read from {secret.text}: {reason}") from None
        if mode & READABLE_BY_ALL:
            self.warn(f"{path}: everybody can read {secret.text}: run `chmod 600 {secret.text}`")
        return data.removesuffix(b"\n").removesuffix(b"\r")

    def _sealed(self, secret: SecretReference, path: str) -> bytes:
        return unseal(secret, path, self.identities()).value


_WAYS: Mapping[str, Callable[[SecretReader, SecretReference, str], bytes]] = {
    "env": SecretReader._from_environment,
    "file": SecretReader._from_file,
    "age": SecretReader._sealed,
}
