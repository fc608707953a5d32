"""What the SIP service is told: an immutable snapshot, replaced as a whole. Holds no secret text.

Passwords are asked for through a function when a phone registers, so that no copy of them lies
about in a structure that could be printed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from schema.dialplan.decision import Caller, Decision


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
    """A gateway: calls go to this address and come from it."""

    id: str
    host: str
    """IP address (without brackets) or a name, which is resolved when the service is configured."""
    port: int = 5060
    transport: str = "udp"
    authority: str = ""
    """File of the certificate authorities that vouch for it over TLS; "" for the system's."""


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
    algorithms: tuple[str, ...] = ("md5", "sha-256")
    """Challenges in this order; any of them is accepted."""
    nonce_lifetime: float = 300.0
    min_expires: int = 60
    default_expires: int = 3600
    max_expires: int = 7200
    max_contacts: int = 10
    certificate: CertificateFiles | None = None
    """Needed for TLS and secure WebSocket."""
    websocket: WebSocketPolicy = ANY_PAGE
