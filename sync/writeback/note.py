"""What history says of a write-back: subject, body, author, trailers that programs read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.message import Identity, compose

BY_TRAILER = "Dialtree-By"
"""Names the command that made the commit: "devices approve", "import ldap/corp"."""


@dataclass(frozen=True)
class Note:
    """The message of a commit. `by` becomes a trailer, `trailers` are further ones."""

    subject: str
    by: str
    body: str = ""
    author: Identity | None = None
    trailers: Mapping[str, str] = field(default_factory=dict)

    def message(self) -> bytes:
        """The message as git takes it."""
        return compose(self.subject, self.body, {BY_TRAILER: self.by, **self.trailers})
