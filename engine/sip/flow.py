"""Where messages come from and go to: plain data that outlives any socket."""

from typing import Final, NamedTuple

TRANSPORTS: Final = ("udp", "tcp", "tls", "ws", "wss")
"""RFC 3261 section 18 and RFC 7118. The place of each is part of dialog tokens: append only."""

SECURE: Final = frozenset(("tls", "wss"))
"""What a sips: request may travel over (RFC 5630 section 3.1.3)."""


class ListenAddress(NamedTuple):
    """An address that this node receives on. `host` is an IP address, without brackets.

    It is also what Via and Record-Route say, so a wildcard address serves nobody.
    """

    transport: str
    """One of TRANSPORTS."""
    host: str
    port: int


class Flow(NamedTuple):
    """A way to a peer: through which of our listeners, to which address.

    Over a stream it means the connection with that remote address, or a new one when there is
    none.
    """

    listener: ListenAddress
    host: str
    port: int
    accepted: bool = False
    """The peer made the connection, from a port that nobody listens on: once it is closed, the
    way is gone (RFC 5626 section 5.3.1)."""

    @property
    def transport(self) -> str:
        """Transport of the listener."""
        return self.listener.transport

    @property
    def reliable(self) -> bool:
        """Whether the transport retransmits, so that we must not (RFC 3261 section 17)."""
        return self.listener.transport != "udp"

    @property
    def secure(self) -> bool:
        """Whether what goes this way is encrypted."""
        return self.listener.transport in SECURE
