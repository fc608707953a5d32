"""What transports ask of the layer above, the transport user of RFC 3261 section 18."""

from typing import NamedTuple, Protocol

from engine.sip.flow import Flow
from engine.sip.transaction import Transaction
from engine.sip.transport.icmp import Branch
from engine.sip.wire import SipParseError


class Expected(NamedTuple):
    """Whom a TLS connection that we make has to lead to."""

    gateway: str
    """Its id, for the log."""
    host: str
    """Its configured host: the domain that its certificate has to name (RFC 5922 section 4)."""
    authority: str
    """Path of the file of certificate authorities; empty for those of the operating system."""


class TransportUser(Protocol):
    """Told of what arrives and what fails; asked where connections may be made to."""

    def receive(self, data: bytes, source: Flow) -> None:
        """One message, or one keep-alive."""

    def drained(self) -> None:
        """All that was there has been handed on: send what there is to send."""

    def unreachable(self, sender: Transaction) -> None:
        """What was accepted for sending could not be sent after all."""

    def lost(self, request: Branch) -> None:
        """A datagram with that request did not arrive, says the network."""

    def broken(self, source: Flow, error: SipParseError, size: int) -> None:
        """A peer sent what is beyond repair; its connection is being closed."""

    def ignores(self, host: str) -> bool:
        """Whether nothing is to be heard of that address: its connections are not worth having."""

    def way_out(self, gone: Flow, data: bytes) -> Flow | None:
        """Where to connect instead, as that flow's connection, which the peer made, is closed."""

    def expected(self, flow: Flow) -> Expected | None:
        """Who has to be at the other end of a TLS connection; None: there is none to be made."""

    def refused(self, expected: Expected, flow: Flow, reason: str) -> None:
        """The other end of a TLS connection is not who it has to be."""
