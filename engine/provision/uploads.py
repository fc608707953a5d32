"""What phones send: logs, settings that were made on them, their phone books. Bounded in all ways.

A phone that proves itself may send what its family names. From one's own networks logs are taken
without proof, because nothing is read back from them; those of unknown phones are taken and
thrown away, so that nobody learns who is known. Knows no protocol; the node writes to the store.
"""

import time
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from engine.provision.asking import Asked
from engine.provision.ladder import Shown, by_certificate
from engine.provision.limits import Bucket
from engine.provision.listing import Listing
from renderers.devices import Families, Upload

MOST_BYTES: Final = {"log": 1024 * 1024, "override": 256 * 1024, "directory": 256 * 1024}
BURST: Final = 20
PER_SECOND: Final = 0.1
"""Of one phone; a log in ten seconds is more than any phone sends."""
MOST_WAITING: Final = 16 * 1024 * 1024
"""Bytes that wait for the store."""
_PHONES: Final = 20_000


class Permit(NamedTuple):
    """Somebody may send a file."""

    mac: str
    """Empty: it is taken and thrown away."""
    name: str
    kind: Upload
    most: int
    """Bytes."""


class Sent(NamedTuple):
    """A file that a phone sent. `at` in epoch seconds."""

    mac: str
    name: str
    kind: Upload
    content: bytes
    at: float
    peer: str


@dataclass(slots=True)
class Uploads:
    """Files that were sent and are not in the store yet; of two by one name the newer."""

    _waiting: dict[tuple[str, str], Sent] = field(default_factory=dict)
    _bytes: int = 0
    _rates: dict[str, Bucket] = field(default_factory=dict)

    def keep(self, permit: Permit, content: bytes, peer: str) -> bool:
        """Take a file. False: too many, or too large."""
        if len(content) > permit.most or self._bytes + len(content) > MOST_WAITING:
            return False
        if not permit.mac:
            return True
        if not self._rate(permit.mac).take(time.monotonic(), BURST, PER_SECOND):
            return False
        sent = Sent(permit.mac, permit.name, permit.kind, content, time.time(), peer)
        old = self._waiting.get((sent.mac, sent.name))
        self._bytes += len(content) - (len(old.content) if old else 0)
        self._waiting[sent.mac, sent.name] = sent
        return True

    def take_changes(self) -> list[Sent]:
        """What came since the last call."""
        waiting, self._waiting, self._bytes = list(self._waiting.values()), {}, 0
        return waiting

    def _rate(self, mac: str) -> Bucket:
        if mac not in self._rates:
            if len(self._rates) >= _PHONES:
                self._rates.clear()
            self._rates[mac] = Bucket(BURST, time.monotonic())
        return self._rates[mac]


def permitted(asked: Asked, shown: Shown, listing: Listing, families: Families) -> Permit | None:
    """Whether whoever shows that may send that file. None: no, in the words of a missing file."""
    if asked.token:
        phone = listing.find(asked.token)
        proved = phone is not None
    else:
        phone = listing.phone(asked.mac) if asked.mac else None
        proved = by_certificate(asked.mac, shown)
    kind = phone.uploads.get(asked.name) if phone is not None else None
    if phone is not None and kind is not None and (proved or (kind == "log" and shown.local)):
        return Permit(phone.mac, asked.name, kind, MOST_BYTES[kind])
    if not asked.token and shown.local and is_log(asked, families):
        return Permit("", asked.name, "log", MOST_BYTES["log"])
    return None


def is_log(asked: Asked, families: Families) -> bool:
    """Whether phones of any family send a log by that name."""
    return bool(asked.mac) and any(
        kind == "log" and asked.name.lower() == request.replace("{mac}", asked.mac).lower()
        for family in families.families
        for request, kind in family.description.uploads.items()
    )
