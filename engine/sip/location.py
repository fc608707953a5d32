"""Where users can be reached: bindings in memory, and a log of changes for the store behind it.

Times are seconds since the epoch, so that bindings survive a restart. Nothing here waits for the
store: it takes the changes when it likes, and gives bindings back at the start.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from engine.sip.flow import Flow

Identity = tuple[bytes, str, str, int, bytes]
"""What tells one contact URI from another: SipUri.identity."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One contact of one user (RFC 3261 section 10)."""

    user: str
    device: str
    """Whose password was used: "" for the softphone, else the phone's MAC."""
    contact: str
    """URI as the phone wrote it."""
    identity: Identity
    parameters: str
    """Contact parameters other than expires, as written, from the first semicolon on."""
    priority: float
    """q: 0 to 1, higher first."""
    expires: float
    """Seconds since the epoch."""
    call_id: str
    sequence: int
    """CSeq number of the REGISTER that made it."""
    user_agent: str
    flow: Flow
    """Where requests for this contact are sent (received and rport behind NAT)."""
    registered: float
    """When it was first made, seconds since the epoch."""

    @property
    def behind_nat(self) -> bool:
        """Whether the phone is reached elsewhere than its contact says.

        Over streams ports differ without NAT: they are those of connections.
        """
        flow = self.flow
        if self.identity[2] != flow.host:
            return True
        return not flow.reliable and (self.identity[3] or 5060) != flow.port


@dataclass(frozen=True, slots=True)
class BindingChange:
    """For the store: a binding that was made, refreshed or removed."""

    kind: Literal["saved", "removed"]
    binding: Binding


class Location:
    """Bindings by user and by contact."""

    _SLACK: Final = 1024

    def __init__(self) -> None:
        self._users: dict[str, dict[Identity, Binding]] = {}
        self._contacts: dict[Identity, Binding] = {}
        self._expiries: list[tuple[float, int, str, Identity]] = []
        self._serial = 0
        self._changes: dict[tuple[str, Identity], BindingChange] = {}
        self.watched: set[str] = set()
        """Users whose registrations somebody watches."""
        self.changed: Callable[[str], None] = lambda user: None
        """Called with each of them who got or lost a binding."""
        self.translated: Callable[[Binding], None] = lambda binding: None
        """Called with each binding behind NAT that is made, refreshed or restored."""

    def __len__(self) -> int:
        """Bindings of all users."""
        return sum(len(bindings) for bindings in self._users.values())

    def all(self) -> list[Binding]:
        """Every binding."""
        return [binding for bindings in self._users.values() for binding in bindings.values()]

    def of(self, user: str, wall: float) -> list[Binding]:
        """Bindings of a user that have not expired, preferred first."""
        bindings = self._users.get(user)
        if not bindings:
            return []
        live = [binding for binding in bindings.values() if binding.expires > wall]
        if len(live) > 1:
            live.sort(key=lambda binding: -binding.priority)
        return live

    def binding(self, user: str, identity: Identity) -> Binding | None:
        """A user's binding with that contact."""
        return self._users.get(user, {}).get(identity)

    def at(self, identity: Identity) -> Binding | None:
        """The binding with that contact, whoever's it is."""
        return self._contacts.get(identity)

    def save(self, binding: Binding) -> None:
        """Make or refresh a binding."""
        if binding.user in self.watched and binding.identity not in self._users.get(
            binding.user, {}
        ):
            self.changed(binding.user)
        self._put(binding)
        self._changes[binding.user, binding.identity] = BindingChange("saved", binding)

    def remove(self, binding: Binding) -> None:
        """Take a binding away."""
        bindings = self._users.get(binding.user, {})
        if bindings.pop(binding.identity, None) is None:
            return
        if not bindings:
            del self._users[binding.user]
        if (known := self._contacts.get(binding.identity)) and known.user == binding.user:
            del self._contacts[binding.identity]
        self._changes[binding.user, binding.identity] = BindingChange("removed", binding)
        if binding.user in self.watched:
            self.changed(binding.user)

    def restore(self, bindings: Iterable[Binding]) -> None:
        """Put back what the store kept, without logging it as a change."""
        for binding in bindings:
            self._put(binding)

    def take_changes(self) -> list[BindingChange]:
        """Changes since the last call, the last one of each binding only."""
        changes = list(self._changes.values())
        self._changes = {}
        return changes

    def expire(self, wall: float) -> list[Binding]:
        """Remove and return what has expired."""
        expired: list[Binding] = []
        while self._expiries and self._expiries[0][0] <= wall:
            _, _, user, identity = heapq.heappop(self._expiries)
            binding = self._users.get(user, {}).get(identity)
            if binding is not None and binding.expires <= wall:
                self.remove(binding)
                expired.append(binding)
        return expired

    def _put(self, binding: Binding) -> None:
        self._users.setdefault(binding.user, {})[binding.identity] = binding
        self._contacts[binding.identity] = binding
        if binding.behind_nat:
            self.translated(binding)
        self._serial += 1
        entry = (binding.expires, self._serial, binding.user, binding.identity)
        heapq.heappush(self._expiries, entry)
        if len(self._expiries) > 4 * len(self._contacts) + self._SLACK:
            self._compact()

    def _compact(self) -> None:
        """Forget expiries of bindings that were refreshed since."""
        self._expiries = [
            (binding.expires, serial, binding.user, binding.identity)
            for serial, binding in enumerate(self.all())
        ]
        self._serial = len(self._expiries)
        heapq.heapify(self._expiries)
