"""Sockets: UDP and TCP. They carry bytes between flows and the core, and know only framing."""

from engine.sip.transport.tcp import TcpEndpoint
from engine.sip.transport.udp import UdpEndpoint

__all__ = ["TcpEndpoint", "UdpEndpoint"]
