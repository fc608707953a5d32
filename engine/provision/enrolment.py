"""Windows in which a phone's first fetch, by nothing but its MAC address, is told its URL. Once.

Sans-IO: `now` is passed in, in epoch seconds. What changed is taken by the node for the store.
"""

from dataclasses import dataclass, field, replace
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A window for one phone. Times are epoch seconds."""

    mac: str
    opened: float
    until: float
    used: float | None = None
    """When a phone was told the URL; None when none was yet."""
    peer: str = ""
    """Who was."""


class Opened(NamedTuple):
    """What opening a window came to."""

    enrolment: Enrolment
    before: Enrolment | None
    """An earlier window that was used: the phone was reset since, or somebody pretends to be it."""


@dataclass(slots=True)
class Enrolments:
    """The latest window of each phone."""

    _latest: dict[str, Enrolment] = field(default_factory=dict)
    _changed: dict[str, Enrolment] = field(default_factory=dict)

    def open(self, mac: str, seconds: float, now: float) -> Opened:
        """Let the phone in until `seconds` from now."""
        before = self._latest.get(mac)
        enrolment = Enrolment(mac, now, now + seconds)
        self._keep(enrolment)
        return Opened(enrolment, before if before is not None and before.used else None)

    def until(self, mac: str) -> float:
        """When the phone's window closes; 0 when none is open."""
        enrolment = self._latest.get(mac)
        return 0.0 if enrolment is None or enrolment.used is not None else enrolment.until

    def use(self, mac: str, peer: str, now: float) -> None:
        """The phone was told its URL: nobody else will be."""
        self._keep(replace(self._latest[mac], used=now, peer=peer))

    def latest(self, mac: str) -> Enrolment | None:
        """The phone's last window, closed or not."""
        return self._latest.get(mac)

    def restore(self, kept: list[Enrolment]) -> None:
        """Take over what the store remembers, where nothing newer is known."""
        self._latest = {each.mac: each for each in kept} | self._latest

    def take_changes(self) -> list[Enrolment]:
        """What changed since the last call."""
        changed, self._changed = list(self._changed.values()), {}
        return changed

    def _keep(self, enrolment: Enrolment) -> None:
        self._latest[enrolment.mac] = self._changed[enrolment.mac] = enrolment
