"""Where messages come from and go to: plain data that outlives any socket."""

from typing import NamedTuple


class ListenAddress(NamedTuple):
    """An address that this node receives on. `host` is an IP address, without brackets.

    It is also what Via and Record-Route say, so a wildcard address serves nobody.
    """

    transport: str
    """"udp" or "tcp"."""
    host: str
    port: int


class Flow(NamedTuple):
    """A way to a peer: through which of our listeners, to which address.

    Over TCP it means the connection with that remote address, or a new one when there is none.
    """

    listener: ListenAddress
    host: str
    port: int

    @property
    def transport(self) -> str:
        """Transport of the listener."""
        return self.listener.transport

    @property
    def reliable(self) -> bool:
        """Whether the transport retransmits, so that we must not (RFC 3261 section 17)."""
        return self.listener.transport != "udp"
