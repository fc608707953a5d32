"""What happens in the engine, for the log and the status: small frozen records.

They say who, what and from where, never a password, a nonce or a message body. Addresses are
"udp:192.0.2.1:5060".
"""

from dataclasses import dataclass
from typing import Literal

from engine.sip.flow import Flow
from engine.sip.wire.uri import bracketed


def address_of(flow: Flow) -> str:
    """A flow's far end as text."""
    return f"{flow.transport}:{bracketed(flow.host)}:{flow.port}"


@dataclass(frozen=True, slots=True)
class Registered:
    """A contact was added. Nobody is told of one that is refreshed."""

    user: str
    device: str
    contact: str
    source: str
    expires: int
    """Seconds."""
    user_agent: str


@dataclass(frozen=True, slots=True)
class Unregistered:
    """A contact went away: `reason` is "removed", "expired", "replaced" or "account removed"."""

    user: str
    device: str
    contact: str
    reason: str


@dataclass(frozen=True, slots=True)
class AuthenticationFailed:
    """Credentials were given and are wrong. `user` is what they claim, which may be nobody."""

    user: str
    source: str
    method: str


@dataclass(frozen=True, slots=True)
class CallRouted:
    """An INVITE was accepted and is on its way."""

    call_id: str
    caller: str
    """User id, or gateway id."""
    number: str
    """What was dialled."""
    rule: str | None
    targets: tuple[str, ...]
    """Users and gateways in the order they will be tried: drawn, by turn, those that are down
    last."""
    source: str
    type: str = ""
    """The rule's type."""


@dataclass(frozen=True, slots=True)
class EmergencyCall:
    """A user of ours calls for help. Told at once, beside what is told of every call."""

    call_id: str
    caller: str
    """User id."""
    number: str
    """What was dialled."""
    site: str
    """Of the caller; empty when they have none."""
    callback: str
    """The number that is shown to the first gateway; empty when there is none."""
    gateways: tuple[str, ...]
    """In the order they will be tried; empty when the call is refused."""
    source: str


@dataclass(frozen=True, slots=True)
class CallRefused:
    """A request to somewhere was refused by us. `caller` is empty for strangers."""

    call_id: str
    caller: str
    number: str
    status: int
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """Somebody picked up. `target` is the user or gateway."""

    call_id: str
    caller: str
    number: str
    target: str
    after: float
    """Seconds since the INVITE."""


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call is over. `status` is 200 after a conversation, else why there was none."""

    call_id: str
    caller: str
    number: str
    target: str
    status: int
    seconds: float
    """Of conversation; 0 when nobody answered."""


@dataclass(frozen=True, slots=True)
class GatewayFailed:
    """A gateway refused, did not answer (`status` 408), cannot be reached or is full (503)."""

    gateway: str
    call_id: str
    status: int
    reason: str
    address: str
    """Which of its addresses; empty where it was not even asked."""
    caller: str = ""
    number: str = ""
    """Whose call it was, and to where; empty when that is over."""


@dataclass(frozen=True, slots=True)
class PeerDown:
    """A gateway or another node did not answer its probes at that address."""

    kind: Literal["gateway", "node"]
    id: str
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class PeerUp:
    """A gateway or another node answers again."""

    kind: Literal["gateway", "node"]
    id: str
    address: str


@dataclass(frozen=True, slots=True)
class MediaUnlikely:
    """A call was sent on, but its ends may hear nothing. Once a call."""

    call_id: str
    caller: str
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class MediaRelayDown:
    """An rtpengine does not answer. Calls use others, or none."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class MediaRelayUp:
    """It answers again."""

    address: str


@dataclass(frozen=True, slots=True)
class MessageDropped:
    """Bytes that got no answer. At most ten a second are reported; `counts` has them all."""

    source: str
    reason: str
    size: int


@dataclass(frozen=True, slots=True)
class Banned:
    """A source is ignored from now on: nothing from it is read, nothing answered."""

    source: str
    """IPv4 address, or IPv6 network of 64 bits."""
    reason: str
    """"flood", "malformed", "password", "scanner" or "unproved"."""
    seconds: int


@dataclass(frozen=True, slots=True)
class Unbanned:
    """A source is listened to again: `reason` is "expired", "lifted" or "forgotten"."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class PeerRefused:
    """We made a TLS connection to a gateway and do not trust who answered there."""

    gateway: str
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class CertificateLoaded:
    """The files of our certificate changed, and the new one is in use."""

    path: str
    names: tuple[str, ...]
    expires: float
    """Epoch seconds."""


@dataclass(frozen=True, slots=True)
class CertificateRejected:
    """The files of our certificate changed and cannot be used: the old one stays in use."""

    path: str
    reason: str


SipEvent = (
    Registered
    | Unregistered
    | AuthenticationFailed
    | CallRouted
    | EmergencyCall
    | CallRefused
    | CallAnswered
    | CallEnded
    | GatewayFailed
    | PeerDown
    | PeerUp
    | MediaUnlikely
    | MediaRelayDown
    | MediaRelayUp
    | MessageDropped
    | Banned
    | Unbanned
    | PeerRefused
    | CertificateLoaded
    | CertificateRejected
)
