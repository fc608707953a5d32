"""SIP: a registrar and a transaction-stateful proxy (RFC 3261), over UDP, TCP, TLS and WebSocket.

    wire         bytes ↔ messages; syntax only
    transaction  the state machines of section 17, as tables
    digest       who somebody is
    guard        who is listened to at all: floods, scanners, guesses
    location     where users are; registrar writes it (contact, outbound, gruu: its rules)
    nat          ways that stay open for ends behind NAT, and how media finds them
    proxy        where requests go: forks, dialogs, policy
    notifier     who watches whom, and what they are told
    service      what is done with a new request
    core         all of it without sockets or clock
    transport    sockets and connections
    server       the asyncio shell: the only module that reads a clock

Nothing here knows YAML, Git or the store. It is told a SipConfig and tells SipEvents.
"""

from engine.sip.calls import Call
from engine.sip.config import (
    Account,
    CertificateFiles,
    Peer,
    RelayAddress,
    ResourceList,
    SipConfig,
    WebSocketPolicy,
)
from engine.sip.errors import CertificateError, ListenError, SipError
from engine.sip.events import (
    AuthenticationFailed,
    Banned,
    CallAnswered,
    CallEnded,
    CallRefused,
    CallRouted,
    CertificateLoaded,
    CertificateRejected,
    EmergencyCall,
    GatewayFailed,
    MediaRelayDown,
    MediaRelayUp,
    MediaUnlikely,
    MessageDropped,
    PeerDown,
    PeerRefused,
    PeerUp,
    Registered,
    SipEvent,
    Unbanned,
    Unregistered,
)
from engine.sip.flow import Flow, ListenAddress
from engine.sip.guard import Ban, Protection
from engine.sip.location import Binding, BindingChange
from engine.sip.nat.rtpengine import RelayState
from engine.sip.notifier import Kept, Messages
from engine.sip.peers import AddressState, PeerState
from engine.sip.server import SipServer

__all__ = [
    "Account", "AddressState", "AuthenticationFailed", "Ban", "Banned", "Binding", "BindingChange",
    "Call", "CallAnswered", "CallEnded", "CallRefused", "CallRouted", "CertificateError",
    "CertificateFiles", "CertificateLoaded", "CertificateRejected", "EmergencyCall", "Flow",
    "GatewayFailed", "Kept", "ListenAddress", "ListenError", "MediaRelayDown", "MediaRelayUp",
    "MediaUnlikely", "MessageDropped", "Messages", "Peer", "PeerDown", "PeerRefused", "PeerState",
    "PeerUp", "Protection", "Registered", "RelayAddress", "RelayState", "ResourceList",
    "SipConfig", "SipError", "SipEvent", "SipServer", "Unbanned", "Unregistered",
    "WebSocketPolicy",
]  # fmt: skip
