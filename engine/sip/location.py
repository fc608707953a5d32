"""Where users can be reached: bindings in memory, and a log of changes for the store behind it.

Times are seconds since the epoch, so that bindings survive a restart. Nothing here waits for the
store: it takes the changes when it likes, and gives bindings back at the start.

There may be a hundred thousand bindings, and each of them is about a kilobyte of what a phone
wrote. So nothing is kept twice: a binding is found by its user, by a hash of its contact, and by
the second in which it expires.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final, Literal, NamedTuple

from engine.sip.flow import Flow
from engine.sip.nat.addresses import is_translated
from engine.sip.wire.uri import parse_uri

Identity = tuple[bytes, str, str, int, bytes]
"""What tells one contact URI from another: SipUri.identity."""


class Binding(NamedTuple):
    """One contact of one user (RFC 3261 section 10)."""

    user: str
    device: str
    """Whose password was used: "" for the softphone, else the phone's MAC."""
    contact: str
    """URI as the phone wrote it."""
    parameters: str
    """Contact parameters as written, from the first semicolon on, without those below."""
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
    instance: str = ""
    """Which phone it is, wherever it is: +sip.instance without quotes (RFC 5626 section 4.1)."""
    flow_number: int = 0
    """reg-id: which of the phone's flows; 0 when it does not tell them apart (section 4.2)."""
    path: str = ""
    """Route to the contact, as header value: proxies that the REGISTER passed (RFC 3327)."""
    granted: int = 0
    """Seconds from the last REGISTER to `expires`."""
    origin: int = 0
    """Hash of all in its REGISTER that the above was made from but the time, CSeq and Call-ID: the
    same again makes the same binding. Of this process only; 0 when it has to be read anew."""

    def prolonged(self, wall: float, call_id: str, sequence: int) -> "Binding":
        """The same, registered again at that time."""
        return Binding._make((*self[:5], wall + self.granted, call_id, sequence, *self[8:]))

    @property
    def identity(self) -> Identity:
        """What tells its contact from others."""
        return parse_uri(self.contact.encode("utf-8", "surrogateescape")).identity

    @property
    def behind_nat(self) -> bool:
        """Whether the phone is reached elsewhere than its contact says, and not through proxies."""
        uri = parse_uri(self.contact.encode("utf-8", "surrogateescape"))
        return not self.path and is_translated(uri.host, uri.port, self.flow)

    @property
    def key(self) -> str:
        """What tells it from the user's other bindings: the flows of a phone share a contact."""
        return f"{self.flow_number}{self.instance}" if self.flow_number else self.contact


class BindingChange(NamedTuple):
    """For the store: a binding that was made, refreshed or removed."""

    kind: Literal["saved", "removed"]
    binding: Binding


class Location:
    """Bindings by user and by contact."""

    _SLACK: Final = 1024

    def __init__(self) -> None:
        self._users: dict[str, tuple[Binding, ...]] = {}
        self._contacts: dict[int, str | None] = {}
        """User by hash of the identity; None where several claim to be at that contact."""
        self._count = 0
        self._due: defaultdict[int, list[str]] = defaultdict(list)
        """Users by the second in which a binding of theirs expires, if it is not refreshed."""
        self._seconds: list[int] = []
        """Heap of the keys of `_due`."""
        self._changes: dict[tuple[str, str], BindingChange] = {}
        self.watched: set[str] = set()
        """Users whose registrations somebody watches."""
        self.changed: Callable[[str], None] = lambda user: None
        """Called with each of them who got or lost a binding."""
        self.translated: Callable[[Binding], None] = lambda binding: None
        """Called with each binding behind NAT that is made, refreshed or restored."""

    def __len__(self) -> int:
        """Bindings of all users."""
        return self._count

    def all(self) -> list[Binding]:
        """Every binding."""
        return [binding for bindings in self._users.values() for binding in bindings]

    def users(self) -> list[str]:
        """Who has any binding."""
        return list(self._users)

    def of(self, user: str, wall: float) -> list[Binding]:
        """Bindings of a user that have not expired, preferred first."""
        live = [binding for binding in self._users.get(user, ()) if binding.expires > wall]
        if len(live) > 1:
            live.sort(key=lambda binding: -binding.priority)
        return live

    def binding(self, user: str, key: str) -> Binding | None:
        """A user's binding by its key."""
        return next((each for each in self._users.get(user, ()) if each.key == key), None)

    def at(self, identity: Identity) -> Binding | None:
        """The binding with that contact; None as well when several users have it.

        A contact is what a phone says of itself. So it leads to whoever alone claims it: nobody
        gets what is meant for another by registering the other's contact.
        """
        user = self._contacts.get(hash(identity))
        if user is None:
            return None
        newest_first = reversed(self._users.get(user, ()))
        return next((each for each in newest_first if each.identity == identity), None)

    def save(self, binding: Binding, present: Binding | None = None) -> None:
        """Make a binding, or put it in the place of the `present` one."""
        if present is not None and present.key != binding.key:
            self._note("removed", present)
        self._put(binding, present)
        self._note("saved", binding)
        if present is None and binding.user in self.watched:
            self.changed(binding.user)

    def only(self, user: str) -> Binding | None:
        """The binding of a user who has one."""
        bindings = self._users.get(user, ())
        return bindings[0] if len(bindings) == 1 else None

    def prolong(self, binding: Binding) -> None:
        """Put a binding in the place of the user's only one, from which it differs in time."""
        self._users[binding.user] = (binding,)
        self._await_end(binding)
        self._note("saved", binding)

    def remove(self, binding: Binding) -> None:
        """Take a binding away."""
        bindings = self._users.get(binding.user, ())
        left = tuple(each for each in bindings if each is not binding)
        if len(left) == len(bindings):
            return
        self._count -= 1
        if left:
            self._users[binding.user] = left
        else:
            del self._users[binding.user]
        self._leave(binding)
        self._note("removed", binding)
        if binding.user in self.watched:
            self.changed(binding.user)

    def restore(self, bindings: Iterable[Binding]) -> None:
        """Put back what the store kept, without logging it as a change."""
        for binding in bindings:
            self._put(binding, self.binding(binding.user, binding.key))

    def take_changes(self) -> list[BindingChange]:
        """Changes since the last call, the last one of each binding only."""
        changes = list(self._changes.values())
        self._changes = {}
        return changes

    def expire(self, wall: float) -> list[Binding]:
        """Remove and return what has expired a second ago or before."""
        expired: list[Binding] = []
        while self._seconds and self._seconds[0] <= wall:
            for user in self._due.pop(heapq.heappop(self._seconds)):
                for binding in self._users.get(user, ()):
                    if binding.expires <= wall:
                        self.remove(binding)
                        expired.append(binding)
        return expired

    def _put(self, binding: Binding, present: Binding | None) -> None:
        others = self._users.get(binding.user, ())
        kept = tuple(each for each in others if each is not present) if others else ()
        self._users[binding.user] = (*kept, binding)
        self._count += 1 + len(kept) - len(others)
        self._await_end(binding)
        self._claim(binding)
        if binding.behind_nat:
            self.translated(binding)
        if len(self._contacts) > 2 * self._count + self._SLACK:
            self._forget_contested()

    def _await_end(self, binding: Binding) -> None:
        second = int(binding.expires) + 1
        if second not in self._due:
            heapq.heappush(self._seconds, second)
        self._due[second].append(binding.user)

    def _claim(self, binding: Binding) -> None:
        key = hash(binding.identity)
        alone = self._contacts.get(key, binding.user) == binding.user
        self._contacts[key] = binding.user if alone else None

    def _leave(self, binding: Binding) -> None:
        """Let go of the contact of a binding that is gone, if it was only that user's."""
        identity = binding.identity
        key = hash(identity)
        if self._contacts.get(key) == binding.user and self.at(identity) is None:
            del self._contacts[key]

    def _forget_contested(self) -> None:
        """Look again at contacts that several users had: they may have left."""
        self._contacts = {}
        for binding in self.all():
            self._claim(binding)

    def _note(self, kind: Literal["saved", "removed"], binding: Binding) -> None:
        self._changes[binding.user, binding.key] = BindingChange(kind, binding)
