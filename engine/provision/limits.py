"""How often one source may fail. Sans-IO: `now` is passed in, in seconds of any steady clock.

Only failures count, so ten thousand phones behind one address that all know their URLs are never
slowed down, while somebody who tries URLs soon gets nothing but short answers.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import ip_network

BURST = 30
PER_SECOND = 1.0
_SOURCES = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class FailureLimit:
    """A token bucket for each source; the one not heard of for longest is forgotten first."""

    _buckets: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)

    def allow(self, peer: str, now: float) -> bool:
        """Count one failure of an IP address. False when it had too many."""
        source = _source(peer)
        bucket = self._buckets.get(source)
        if bucket is None:
            bucket = self._buckets[source] = _Bucket(BURST, now)
            if len(self._buckets) > _SOURCES:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(source)
        bucket.tokens = min(BURST, bucket.tokens + (now - bucket.at) * PER_SECOND)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def __len__(self) -> int:
        return len(self._buckets)


def _source(peer: str) -> str:
    """Whose failures are counted: an IPv4 address, or the network that one host has in IPv6."""
    if ":" not in peer:
        return peer
    return str(ip_network((peer.partition("%")[0], 64), strict=False))
