"""Sockets: UDP, TCP, TLS and WebSocket. They carry bytes between flows and the core.

    endpoints      all of them: opened, changed and closed together
    udp            datagrams; stun answers those that are no SIP, icmp knows which were lost
    acceptor       a listening socket; admission says how many it lets in
    stream         TCP and TLS: finds or makes the connection for a flow
    connection     one of them: framing, slow peers
    websocket      SIP in the frames of browsers
    certificates   the node's own and whom it trusts; peer_identity says who a peer is

They know framing and limits, and nothing of what messages mean.
"""

from engine.sip.transport.certificates import Certificates
from engine.sip.transport.endpoints import Endpoints
from engine.sip.transport.user import Expected

__all__ = ["Certificates", "Endpoints", "Expected"]
