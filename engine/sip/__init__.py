"""SIP: a registrar and a transaction-stateful proxy (RFC 3261), over UDP, TCP, TLS and WebSocket.

    wire         bytes ↔ messages; syntax only
    transaction  the state machines of section 17, as tables
    digest       who somebody is
    location     where users are; registrar writes it
    proxy        where requests go: forks, dialogs, policy
    service      what is done with a new request
    core         all of it without sockets or clock
    transport    sockets and connections
    server       the asyncio shell: the only module that reads a clock

Nothing here knows YAML, Git or the store. It is told a SipConfig and tells SipEvents.
"""

from engine.sip.calls import Call
from engine.sip.config import Account, CertificateFiles, Peer, SipConfig, WebSocketPolicy
from engine.sip.errors import CertificateError, ListenError, SipError
from engine.sip.events import (
    AuthenticationFailed,
    CallAnswered,
    CallEnded,
    CallRefused,
    CallRouted,
    CertificateLoaded,
    CertificateRejected,
    GatewayFailed,
    MessageDropped,
    PeerRefused,
    Registered,
    SipEvent,
    Unregistered,
)
from engine.sip.flow import Flow, ListenAddress
from engine.sip.location import Binding, BindingChange
from engine.sip.server import SipServer

__all__ = [
    "Account", "AuthenticationFailed", "Binding", "BindingChange", "Call", "CallAnswered",
    "CallEnded", "CallRefused", "CallRouted", "CertificateError", "CertificateFiles",
    "CertificateLoaded", "CertificateRejected", "Flow", "GatewayFailed", "ListenAddress",
    "ListenError", "MessageDropped", "Peer", "PeerRefused", "Registered", "SipConfig",
    "SipError", "SipEvent", "SipServer", "Unregistered", "WebSocketPolicy",
]  # fmt: skip
