"""What a template sees: frozen plain data about one phone, comparable, without any secret.

Two phones' files differ only if their contexts (or their family's folder) do. Passwords and the
token in the provisioning URL are asked of `Secrets` while a file is rendered and not before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import zip_longest
from typing import NamedTuple, Protocol

from renderers.devices.clock import Clock
from renderers.devices.family import Family, File
from renderers.devices.setting import Pair
from schema.models import Card, KeyKind
from schema.models.settings import Codec, Dtmf, PhoneTransport, Registrar, Srtp


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
    """Where and how a phone registers: one router, or what DNS says of the domain."""

    domain: str
    host: str
    """The router's address: the outbound proxy, unless it is the domain itself."""
    port: int | None
    """None: whatever the SRV records of the domain say."""
    transport: PhoneTransport
    expires: int
    """Seconds."""

    @property
    def proxied(self) -> bool:
        """Whether requests to the domain have to be sent to `host` explicitly."""
        return self.domain != self.host


def host_and_port(host: str, port: int | None) -> str:
    """ "host:port" as in a URI (RFC 3986 section 3.2.2): IPv6 addresses in brackets."""
    named = f"[{host}]" if ":" in host else host
    return named if port is None else f"{named}:{port}"


@dataclass(frozen=True, slots=True)
class Neutral:
    """What the tree says, whatever the family: the values behind `settings.yaml`. None: nothing.

    Durations are seconds. Phones of the same groups and site share one object.
    """

    timezone: str
    """Name in the IANA database."""
    tones: str
    """ISO 3166 country."""
    domain: str
    transport: PhoneTransport
    registrar: Registrar
    register_expires: int
    proxied: bool
    """Whether requests go to a router that is not the domain itself."""
    server_port: int | None
    """Of the first router; None when DNS says it."""
    proxy_host: str | None
    """The first router, if `proxied`."""
    proxy_port: int | None
    proxy2_host: str | None
    """The router for when the first is down, if there is one."""
    proxy2_port: int | None
    provisioning_interval: int
    language: str | None
    ntp_server: str | None
    voicemail_number: str | None
    srtp: Srtp | None
    codecs: tuple[Codec, ...] | None
    dtmf: Dtmf | None
    call_waiting: bool | None
    auto_answer: bool | None
    vlan_id: int | None
    vlan_priority: int | None
    syslog_server: str | None
    firmware_url: str | None
    web_admin: bool | None

    @property
    def vlan(self) -> bool:
        """Whether frames are put in a VLAN."""
        return self.vlan_id is not None

    @property
    def server(self) -> str:
        """The domain; with the router's port where the domain is the router, on an unusual one."""
        usual = 5061 if self.transport == "tls" else 5060
        if self.proxied or self.server_port in (None, usual):
            return self.domain
        return host_and_port(self.domain, self.server_port)

    @property
    def proxy(self) -> str | None:
        """The first router as "host:port", if `proxied`."""
        return None if self.proxy_host is None else host_and_port(self.proxy_host, self.proxy_port)

    @property
    def proxy2(self) -> str | None:
        """The second router as "host:port", if there is one."""
        if self.proxy2_host is None:
            return None
        return host_and_port(self.proxy2_host, self.proxy2_port)


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
    """From 1, on the phone or on its expansion module."""
    kind: KeyKind
    label: str
    line: int
    """The account of a line key; the one that the other kinds use."""
    target: str
    """User id of a BLF key, number, digits or URL of the others, empty for a line key."""
    module: int = 0
    """0: the phone itself; 1: its first expansion module."""


@dataclass(frozen=True, slots=True)
class BookLink:
    """A phonebook of a phone: what it is called and how it is asked for."""

    name: str
    request: str
    """Below the phone's provisioning URL; empty where a file of the phone's own holds it."""
    books: tuple[str, ...]
    """Ids of the phonebooks in it."""

    @property
    def key(self) -> str:
        """The same for links to the same: ids have no plus in them."""
        return "+".join(self.books)


class BookRow(NamedTuple):
    """Somebody with one number of each kind; empty where there is none."""

    name: str
    number: str
    mobile: str
    home: str


@dataclass(frozen=True, slots=True)
class BookContext:
    """A phonebook, or the part of it that was asked for: what templates know as `phonebook`."""

    name: str
    key: str
    entries: tuple[Card, ...]
    """In the order in which they are shown; numbers as they are dialled."""
    search: str = ""
    """What somebody looks for: these entries have it."""
    first: int = 1
    """Which of all that were found the first of these entries is."""
    found: int | None = None
    """How many were found, where these are not all of them."""

    @property
    def total(self) -> int:
        """How many were found."""
        return len(self.entries) if self.found is None else self.found

    @property
    def whole(self) -> bool:
        """Whether this is all of the phonebook."""
        return not self.search and self.found is None

    @property
    def rows(self) -> tuple[BookRow, ...]:
        """For phones that have a place for one number of each kind: whoever has more of a kind
        has another row."""
        return tuple(
            BookRow(card.name, *numbers)
            for card in self.entries
            for numbers in zip_longest(
                *(
                    [one.number for one in card.numbers if one.kind == kind]
                    for kind in BookRow._fields[1:]
                ),
                fillvalue="",
            )
        )

    @property
    def numbers(self) -> tuple[tuple[str, str], ...]:
        """Pairs of name and number, each number once: for phones that know it by that."""
        known = {one.number: card.name for card in reversed(self.entries) for one in card.numbers}
        return tuple(
            (card.name, one.number)
            for card in self.entries
            for one in card.numbers
            if known.pop(one.number, None) is not None
        )


NO_BOOK = BookContext("", "", ())


@dataclass(frozen=True, slots=True)
class Port:
    """One port of a gateway to the outside world."""

    number: int
    """From 1."""
    line: str
    """The telephone number of an analogue line, else empty."""
    protocol: str
    """Of a primary rate port, such as e1-euroisdn; else empty."""
    side: str
    clock: str


@dataclass(frozen=True, slots=True)
class HoldingContext:
    """A phone that is not in the tree: what templates know as `phone`."""

    mac: str
    """As the family writes it in file names."""
    text: str
    """For its screen."""
    polling: int
    """Seconds after which it is to ask again."""


@dataclass(frozen=True, slots=True)
class DeviceContext:
    """One phone, or one gateway."""

    mac: str
    """As the family writes it in file names."""
    model: str
    features: tuple[str, ...]
    firmware: str | None
    """None: the newest that the family knows."""
    max_lines: int
    max_keys: int
    modules: tuple[int, ...]
    """The keys of each expansion module."""
    servers: tuple[Server, ...]
    """The nearest router first; a single one where DNS says it (`settings.registrar` is srv)."""
    settings: Neutral
    clock: Clock
    lines: tuple[Line, ...]
    keys: tuple[ProgrammedKey, ...]
    """The phone's own, then those of its modules."""
    parameters: tuple[Pair, ...]
    """Native parameters from settings.yaml and the tree's `native` with their values."""
    cleared: tuple[Pair, ...]
    """Those of lines and keys that are not used, with what clears them."""
    polling: int
    """Seconds between two fetches of the profile, spread by MAC so that a fleet does not march."""
    provisioning: str
    """Base URL without the token, such as "http://192.0.2.1:8090"."""
    epoch: int
    phonebooks: tuple[BookLink, ...] = ()
    """Those that its users get; not what they list."""
    gateway: str | None = None
    """The name of the gateway that it is."""
    ports: tuple[Port, ...] = ()
    max_ports: int = 0

    @property
    def server(self) -> Server:
        """The first of `servers`."""
        return self.servers[0]


@dataclass(frozen=True, slots=True)
class SharedContext:
    """All phones of a model, or of a family at a site: no line, no key, no secret."""

    site: str | None
    model: str | None
    """The model, where the file is one model's alone."""
    servers: tuple[Server, ...]
    settings: Neutral
    clock: Clock
    parameters: tuple[Pair, ...]
    polling: int
    provisioning: str

    @property
    def server(self) -> Server:
        """The first of `servers`."""
        return self.servers[0]


@dataclass(frozen=True)
class DeviceFile:
    """One file of one phone, or of many, not yet rendered."""

    phone: str
    """The MAC address as the tree has it; "" for a file that phones share."""
    name: str
    """What the phone asks for, below its provisioning URL."""
    family: Family
    file: File
    context: DeviceContext | SharedContext | BookContext | HoldingContext
    primary: bool
    book: BookContext = NO_BOOK
    """The phonebooks in a file that holds them, filled in when it is read (`phonebooks.Books`):
    a phone is not told to fetch again for what they list."""

    @property
    def path(self) -> str:
        """Where `pbx render` writes it, and the id of its resource in a plan."""
        if isinstance(self.context, DeviceContext | HoldingContext):
            return f"devices/{self.phone}/{self.name}"
        if isinstance(self.context, BookContext):
            return f"phonebooks/{self.context.key}/{self.family.name}/{self.name}"
        if self.context.site is not None:
            return f"shared/sites/{self.context.site}/{self.name}"
        return f"shared/{self.name}"

    @property
    def secret(self) -> bool:
        """Whether the bytes hold a password."""
        return self.file.secret

    @property
    def content_type(self) -> str:
        """With the charset."""
        return f"{self.file.content_type}; charset={self.file.charset}"

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
            and self.book == other.book
        )

    def __hash__(self) -> int:
        return hash((self.phone, self.name))


Device = Mapping[str, DeviceFile]
"""The files of one phone by name."""
