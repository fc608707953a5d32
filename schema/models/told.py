"""Who is told what happened: parts of `system` that name webhooks and people."""

from typing import Annotated, Literal

from pydantic import Field

from schema.models.base import Entry, FilePath, Listed
from schema.models.secret import Secret
from schema.source import SecretReference


class Mail(Entry):
    """Where e-mail is handed in."""

    to: Listed[str] = Field(min_length=1)
    sender: str = Field(description="The address it comes from")
    server: str = Field("127.0.0.1:25", description="host:port of an SMTP server")
    tls: Literal["off", "starttls", "tls"] = "off"
    user: str | None = None
    password: Secret | None = None
    password_file: FilePath | None = Field(
        None, description="Older spelling of password: !file /path"
    )

    @property
    def login_secret(self) -> SecretReference | None:
        """The password, in whichever way it is given."""
        return self.password or _in_file(self.password_file)


class Told(Entry):
    """Who is told."""

    webhooks: Listed[Annotated[str, Field(pattern="^https?://[^ ]+$")]] = Field(
        (), description="URLs that get a POST with JSON"
    )
    webhook_secret: Secret | None = Field(
        None, description="A key that the POST is signed with (HMAC-SHA256)"
    )
    webhook_secret_file: FilePath | None = Field(
        None, description="Older spelling of webhook_secret: !file /path"
    )
    mail: Mail | None = None

    @property
    def signing_secret(self) -> SecretReference | None:
        """The key of the signature, in whichever way it is given."""
        return self.webhook_secret or _in_file(self.webhook_secret_file)


def _in_file(path: str | None) -> SecretReference | None:
    return SecretReference("file", path) if path is not None else None


class EmergencyNotice(Told):
    """Who is told at once that somebody calls for help."""


Event = Literal[
    "commit.running", "commit.good", "commit.refused", "commit.returned", "import.done",
    "import.failed",
]  # fmt: skip


class OperationsNotice(Told):
    """Who is told what became of commits and imports on a node. Mail goes out only for what went
    wrong: refused, returned, failed."""

    events: Listed[Event] = Field(
        ("commit.running", "commit.refused", "commit.returned", "import.done", "import.failed"),
        description="Of what; `good` is when a watched commit has shown that it is",
    )
