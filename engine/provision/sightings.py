"""Phones that ask and are not in the tree: remembered until somebody approves them. Bounded.

Only of one's own networks, or with a maker's certificate: strangers cannot fill the list.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace

MOST = 500


@dataclass(frozen=True, slots=True)
class Sighted:
    """A phone that is not in the tree. Times are epoch seconds."""

    mac: str
    family: str
    """The family that its User-Agent is of; empty when it is not known."""
    model: str
    """The model's id; empty when it is not known."""
    user_agent: str
    path: str
    """What it asked for last, without a token."""
    certificate: bool
    """Whether it showed a certificate with that MAC address."""
    peer: str
    first: float
    last: float
    count: int = 1


@dataclass(slots=True)
class Sightings:
    """By MAC address, the one not heard of for longest first."""

    _seen: OrderedDict[str, Sighted] = field(default_factory=OrderedDict)
    _changed: set[str] = field(default_factory=set)

    def see(self, sighted: Sighted) -> bool:
        """Remember it; whether it is new. What was known and is not shown now stays."""
        old = self._seen.pop(sighted.mac, None)
        self._seen[sighted.mac] = sighted if old is None else _merged(old, sighted)
        self._changed.add(sighted.mac)
        if len(self._seen) > MOST:
            gone, _ = self._seen.popitem(last=False)
            self._changed.add(gone)
        return old is None

    def forget(self, mac: str) -> None:
        """It is in the tree now."""
        if self._seen.pop(mac, None) is not None:
            self._changed.add(mac)

    def all(self) -> list[Sighted]:
        """The latest first."""
        return list(reversed(self._seen.values()))

    def __len__(self) -> int:
        return len(self._seen)

    def restore(self, kept: list[Sighted]) -> None:
        """Take over what the store remembers."""
        for sighted in sorted(kept, key=lambda each: each.last):
            self._seen.setdefault(sighted.mac, sighted)

    def take_changes(self) -> dict[str, Sighted | None]:
        """What changed since the last call, by MAC address; None: forgotten."""
        changed = {mac: self._seen.get(mac) for mac in self._changed}
        self._changed.clear()
        return changed


def _merged(old: Sighted, new: Sighted) -> Sighted:
    return replace(
        new,
        family=new.family or old.family,
        model=new.model or old.model,
        user_agent=new.user_agent or old.user_agent,
        certificate=new.certificate or old.certificate,
        first=old.first,
        count=old.count + 1,
    )
