"""What the SIP service is told: an immutable snapshot, replaced as a whole. Holds no secret text.

Passwords are asked for through a function when a phone registers, so that no copy of them lies
about in a structure that could be printed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Final, NamedTuple

from engine.sip.guard.protection import Protection
from schema.dialplan.decision import Caller, Decision

USUAL_LIMITS = Protection()


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may register and call."""

    user: str
    """Key in the tree; the digest user name of each of their devices, and the user of their AOR."""
    name: str
    devices: tuple[str, ...] = ("",)
    """"" is the softphone, others are MAC addresses. Each has a password of its own."""
    epoch: int = 1


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody we send to by configuration: a gateway, whose calls come from there as well, or
    another node of the system."""

    id: str
    host: str
    """IP address (without brackets), or a name, which DNS resolves to servers (RFC 3263)."""
    port: int | None = None
    """None: what DNS says, or the usual one of the transport."""
    transport: str | None = None
    """None: what DNS says, or UDP."""
    probe: float | None = None
    """Seconds between OPTIONS that ask whether it is alive; None for none."""
    authority: str = ""
    """File of the certificate authorities that vouch for it over TLS; "" for the system's."""

    @property
    def place(self) -> str:
        """Host and port as they stand in a URI."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ResourceList:
    """Users whose state is watched with one subscription (RFC 4662): the lamps of a phone."""

    owners: tuple[str, ...]
    """User ids that may watch it."""
    members: tuple[str, ...]
    """User ids, in the order of the lamps."""


class CertificateFiles(NamedTuple):
    """Paths of the node's certificate with its chain, and of its key, in PEM."""

    chain: str
    key: str


class WebSocketPolicy(NamedTuple):
    """What a browser has to ask for."""

    path: str = "/"
    origins: frozenset[str] = frozenset()
    """Pages that may connect, as browsers write them: "https://crm.example.net". Empty: any."""


ANY_PAGE: Final = WebSocketPolicy()


class RelayAddress(NamedTuple):
    """Where an rtpengine listens for its ng protocol: an IP address and a UDP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SipConfig:
    """Everything the SIP service depends on."""

    domain: str
    """Right side of the addresses of record, and the digest realm."""
    hosts: frozenset[str]
    """The node's own names and addresses; a request to one of them is a request to the domain."""
    accounts: Mapping[str, Account]
    """By user id."""
    peers: Mapping[str, Peer]
    """By gateway id."""
    decide: Callable[[Caller, str], Decision]
    """The dial plan, with table and clock already in it: (caller, number) → decision. Pure and
    fast: it is asked once for each call."""
    password: Callable[[Account, str], str] = field(repr=False)
    """(account, device) → password. Asked once for each until the configuration changes."""
    nonce_key: bytes = field(repr=False)
    """Secret that nonces and dialog routes are proved with. 32 bytes that outlive restarts."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Every other user part that is somebody's own (extension, alias, DID) → user id. It lets an
    authenticated user write any of their addresses into From and To."""
    resource_lists: Mapping[str, ResourceList] = field(default_factory=dict)
    """By the user part of the list's address."""
    algorithms: tuple[str, ...] = ("md5", "sha-256")
    """Challenges in this order; any of them is accepted."""
    own_algorithms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """User id → algorithms, for those who have others than `algorithms`."""
    nonce_lifetime: float = 300.0
    min_expires: int = 60
    default_expires: int = 3600
    max_expires: int = 7200
    max_contacts: int = 10
    nodes: Mapping[str, Peer] = field(default_factory=dict)
    """Other routers of the system, by node id: they are only probed."""
    protection: Protection = USUAL_LIMITS
    """Limits on strangers."""
    is_emergency: Callable[[str], bool] = lambda number: False
    """Whether a dialled number is an emergency call, which no limit stops. Fast."""
    locate: Callable[[str], str] = lambda site: ""
    """Site id → a new URI that tells where that is, for an emergency call; "" where nobody knows.
    """
    emergency_number: str = ""
    """What who asks for urn:service:sos is taken to have dialled; empty for none."""
    call_limit: Callable[[str], float] = lambda user: inf
    """User id → calls that they may have placed at a time. Fast."""
    keep_alive: float | None = 25.0
    """Seconds between OPTIONS to each phone behind NAT that registered over UDP; None for none."""
    certificate: CertificateFiles | None = None
    """Needed for TLS and secure WebSocket."""
    websocket: WebSocketPolicy = ANY_PAGE
    media_relays: tuple[RelayAddress, ...] = ()
    """rtpengine instances."""
    relay_always: bool = False
    """Relay the media of every call, not only where the ends cannot reach each other."""
