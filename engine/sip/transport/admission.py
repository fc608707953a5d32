"""Who may connect, and how often: in all, per address, and of these still in a TLS handshake.

One count for all stream transports of a node, so that a peer does not get as many again on each.
A handshake costs us a signature and the peer nothing: those are counted by themselves.
"""

from collections.abc import Callable
from typing import Final

MAX_CONNECTIONS: Final = 20_000
MAX_PER_ADDRESS: Final = 1_000
"""An office behind one address has many phones; an attacker soon has as many connections."""
MAX_HANDSHAKES: Final = 1_000
MAX_HANDSHAKES_PER_ADDRESS: Final = 100


class Count:
    """How many there are, in all and of each address."""

    __slots__ = ("_of", "total")

    def __init__(self) -> None:
        self.total = 0
        self._of: dict[str, int] = {}

    def full(self, host: str, in_all: int, per_address: int) -> bool:
        """Whether another one of that address would be too many."""
        return self.total >= in_all or self._of.get(host, 0) >= per_address

    def add(self, host: str) -> None:
        """One more of that address."""
        self.total += 1
        self._of[host] = self._of.get(host, 0) + 1

    def remove(self, host: str) -> None:
        """One less."""
        self.total -= 1
        left = self._of.pop(host) - 1
        if left:
            self._of[host] = left


class Seat:
    """One connection's place in the count. It may be left more than once."""

    __slots__ = ("_admission", "_shaking", "_taken", "host")

    def __init__(self, admission: "Admission", host: str, shaking: bool) -> None:
        self.host = host
        self._admission = admission
        self._shaking = shaking
        self._taken = True

    def shaken(self) -> None:
        """The handshake is over."""
        if self._shaking:
            self._shaking = False
            self._admission.handshakes.remove(self.host)

    def leave(self) -> None:
        """The connection is closed."""
        self.shaken()
        if self._taken:
            self._taken = False
            self._admission.connections.remove(self.host)


class Admission:
    """Gives out seats."""

    def __init__(self, ignores: Callable[[str], bool]) -> None:
        """`ignores` says whether nothing is heard of an address anyway."""
        self._ignores = ignores
        self.connections = Count()
        self.handshakes = Count()

    def seat(self, host: str, handshake: bool = False) -> Seat | None:
        """A seat for a connection with that address; None when there are too many, or a ban."""
        if self._ignores(host):
            return None
        if self.connections.full(host, MAX_CONNECTIONS, MAX_PER_ADDRESS):
            return None
        if handshake:
            if self.handshakes.full(host, MAX_HANDSHAKES, MAX_HANDSHAKES_PER_ADDRESS):
                return None
            self.handshakes.add(host)
        self.connections.add(host)
        return Seat(self, host, handshake)
