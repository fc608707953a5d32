"""How often one source may fail, and for how many phones it may ask in vain.

Sans-IO: `now` is passed in, in seconds of any steady clock. Only failures count, so ten thousand
phones behind one address that all know their URLs are never slowed down, while somebody who tries
URLs soon gets nothing but short answers.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Literal

BURST = 30
PER_SECOND = 1.0
MOST_PHONES = 20
"""MAC addresses that a source may ask for in vain within BAN seconds."""
BAN = 3600.0
_SOURCES = 10_000


@dataclass(slots=True)
class Bucket:
    """Tokens that come back with time."""

    tokens: float
    at: float

    def take(self, now: float, most: float, per_second: float) -> bool:
        """Take one, if there is one."""
        self.tokens = min(most, self.tokens + (now - self.at) * per_second)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class FailureLimit:
    """A token bucket for each source; the one not heard of for longest is forgotten first."""

    _buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict)

    def allow(self, peer: str, now: float) -> bool:
        """Count one failure of an IP address. False when it had too many."""
        source = _source(peer)
        bucket = self._buckets.get(source)
        if bucket is None:
            bucket = self._buckets[source] = Bucket(BURST, now)
            if len(self._buckets) > _SOURCES:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(source)
        return bucket.take(now, BURST, PER_SECOND)

    def __len__(self) -> int:
        return len(self._buckets)


@dataclass(slots=True)
class _Tried:
    since: float
    macs: set[str]


Verdict = Literal["new", "again", "banned"]


@dataclass(slots=True)
class PhoneLimit:
    """How many phones each source has asked for in vain: who goes through MAC addresses is banned.

    The one not heard of for longest is forgotten first, so somebody with 10,000 addresses gets 20
    tries with each: a maker's prefix has 16 million MAC addresses.
    """

    _tried: OrderedDict[str, _Tried] = field(default_factory=OrderedDict)

    def refused(self, peer: str, mac: str, now: float) -> Verdict:
        """Count a MAC address that a source got nothing for. "banned": that was one too many."""
        source = _source(peer)
        tried = self._tried.get(source)
        if tried is None or now - tried.since > BAN:
            tried = self._tried[source] = _Tried(now, set())
            if len(self._tried) > _SOURCES:
                self._tried.popitem(last=False)
        self._tried.move_to_end(source)
        if mac in tried.macs:
            return "again"
        tried.macs.add(mac)
        if len(tried.macs) <= MOST_PHONES:
            return "new"
        tried.since = now
        return "banned"

    def banned(self, peer: str, now: float) -> bool:
        """Whether the source had too many."""
        tried = self._tried.get(_source(peer))
        return tried is not None and len(tried.macs) > MOST_PHONES and now - tried.since <= BAN

    def __len__(self) -> int:
        return len(self._tried)


def _source(peer: str) -> str:
    """Whose failures are counted: an IPv4 address, or the network that one host has in IPv6."""
    if ":" not in peer:
        return peer
    return str(ip_network((peer.partition("%")[0], 64), strict=False))
