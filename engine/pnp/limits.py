"""How often one source may ask, and all together; and in the name of how many phones.

Sans-IO: `now` is passed in, in seconds of any steady clock. A phone asks a few times when it
starts, in its own name.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

BURST: Final = 20
PER_SECOND: Final = 1.0
ALL_BURST: Final = 500
ALL_PER_SECOND: Final = 100.0
MOST_PHONES: Final = 8
"""MAC addresses that one source may name within FORGET seconds."""
FORGET: Final = 3600.0
_SOURCES: Final = 4096


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float

    def take(self, now: float, burst: float, per_second: float) -> bool:
        self.tokens = min(burst, self.tokens + (now - self.at) * per_second)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class _Source:
    bucket: _Bucket
    since: float
    phones: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    """What the log has heard of it."""


@dataclass(slots=True)
class Limits:
    """Of all sources; the one not heard of for longest is forgotten first."""

    now: float
    _all: _Bucket = field(init=False)
    _sources: OrderedDict[str, _Source] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self._all = _Bucket(ALL_BURST, self.now)

    def hear(self, peer: str, now: float) -> bool:
        """Count a datagram. False: it is not read."""
        source = self._source(peer, now)
        if not source.bucket.take(now, BURST, PER_SECOND):
            return False
        return self._all.take(now, ALL_BURST, ALL_PER_SECOND)

    def names(self, peer: str, mac: str, now: float) -> bool:
        """Count a phone that a source names. False: it named too many."""
        source = self._source(peer, now)
        if len(source.phones) <= MOST_PHONES:
            source.phones.add(mac)
        return len(source.phones) <= MOST_PHONES

    def first_time(self, peer: str, what: str, now: float) -> bool:
        """Whether the log has not heard yet of this source, within FORGET seconds."""
        told = self._source(peer, now).told
        if what in told:
            return False
        told.add(what)
        return True

    def __len__(self) -> int:
        return len(self._sources)

    def _source(self, peer: str, now: float) -> _Source:
        source = self._sources.get(peer)
        if source is None or now - source.since > FORGET:
            bucket = source.bucket if source is not None else _Bucket(BURST, now)
            source = self._sources[peer] = _Source(bucket, now)
            if len(self._sources) > _SOURCES:
                self._sources.popitem(last=False)
        self._sources.move_to_end(peer)
        return source
