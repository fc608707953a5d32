"""What a template sees: frozen plain data about one phone, comparable, without any secret.

Two phones' files differ only if their contexts (or their family's folder) do. Passwords and the
token in the provisioning URL are asked of `Secrets` while a file is rendered and not before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Literal, Protocol

from renderers.devices.clock import Clock
from renderers.devices.family import Family, File

Transport = Literal["udp", "tcp"]


class Secrets(Protocol):
    """The secrets of one system, derived from its master key. Equal objects give equal secrets."""

    def sip_password(self, user: str, device: str, epoch: int, /) -> str: ...

    def admin_password(self, device: str, epoch: int, /) -> str: ...

    def provisioning_token(self, device: str, epoch: int, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Placeholders:
    """Stands in for `Secrets` where there is no master key: visible, and useless to a phone."""

    def sip_password(self, user: str, device: str, epoch: int, /) -> str:
        return f"(SIP password of {user} on {device}, epoch {epoch})"

    def admin_password(self, device: str, epoch: int, /) -> str:
        return f"(admin password of {device}, epoch {epoch})"

    def provisioning_token(self, device: str, epoch: int, /) -> str:
        return f"(token-of-{device}-epoch-{epoch})"


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how a phone registers."""

    domain: str
    host: str
    """The router's address: the outbound proxy, unless it is the domain itself."""
    port: int
    transport: Transport
    expires: int
    """Seconds."""

    @property
    def proxied(self) -> bool:
        """Whether requests to the domain have to be sent to `host` explicitly."""
        return self.domain != self.host


@dataclass(frozen=True, slots=True)
class Line:
    """One account. `user` is the SIP user name and the digest user name."""

    number: int
    """From 1."""
    user: str
    name: str
    label: str
    voicemail: str | None
    epoch: int


@dataclass(frozen=True, slots=True)
class ProgrammedKey:
    """One key, in the order in which the phone has them."""

    number: int
    """From 1."""
    kind: Literal["line", "blf", "speed_dial"]
    label: str
    line: int
    """The account of a line key; the one that the other kinds use."""
    target: str
    """User id of a BLF key, number of a speed-dial key, empty for a line key."""


@dataclass(frozen=True, slots=True)
class DeviceContext:
    """One phone."""

    mac: str
    """As the family writes it in file names."""
    model: str
    max_lines: int
    max_keys: int
    server: Server
    clock: Clock
    lines: tuple[Line, ...]
    keys: tuple[ProgrammedKey, ...]
    parameters: tuple[tuple[str, str], ...]
    """Native parameters from settings.yaml with their values, those cleared included."""
    polling: int
    """Seconds between two fetches of the profile, spread by MAC so that a fleet does not march."""
    provisioning: str
    """Base URL without the token, such as "http://192.0.2.1:8090"."""
    epoch: int


@dataclass(frozen=True)
class DeviceFile:
    """One file of one phone, not yet rendered."""

    phone: str
    """The MAC address as the tree has it."""
    name: str
    """What the phone asks for, below its provisioning URL."""
    family: Family
    file: File
    context: DeviceContext
    primary: bool

    @property
    def path(self) -> str:
        """Where `pbx render` writes it, and the id of its resource in a plan."""
        return f"devices/{self.phone}/{self.name}"

    @property
    def secret(self) -> bool:
        """Whether the bytes hold a password."""
        return self.file.secret

    @property
    def content_type(self) -> str:
        """With the charset: everything rendered is UTF-8."""
        return f"{self.file.content_type}; charset=utf-8"

    @cached_property
    def fingerprint(self) -> str:
        """Equal for files that render the same with the same secrets; holds no secret itself."""
        basis = (self.name, self.file.template, self.family.digest, self.context)
        return sha256(repr(basis).encode("utf-8", "surrogatepass")).hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DeviceFile):
            return NotImplemented
        return self is other or (
            self.phone == other.phone
            and self.name == other.name
            and self.primary == other.primary
            and self.family.digest == other.family.digest
            and self.context == other.context
        )

    def __hash__(self) -> int:
        return hash((self.phone, self.name))


Device = Mapping[str, DeviceFile]
"""The files of one phone by name."""
