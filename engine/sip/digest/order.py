"""Which algorithms a user is challenged with, and in which order (RFC 8760 section 2.3).

Many phones answer only the first challenge, so the order is the user's. Whoever asks on behalf of
nobody gets the order of somebody, always the same one: the order tells not who exists.
"""

import hashlib
from collections import Counter
from itertools import accumulate

from engine.sip.config import SipConfig


class Orders:
    """The orders of one configuration."""

    def __init__(self, config: SipConfig) -> None:
        self._usual = config.algorithms
        self._own = config.own_algorithms
        self._accounts = config.accounts
        self.differ = bool(self._own)
        """Whether there is more than one."""
        self._key = hashlib.blake2b(b"order of nobody", key=config.nonce_key[:64]).digest()[:32]
        counts = Counter(self._own.values())
        counts[self._usual] += max(len(self._accounts) - len(self._own), 0)
        self._kinds = list(counts)
        self._bounds = list(accumulate(counts.values()))

    def of(self, user: str) -> tuple[str, ...]:
        """Algorithms in order; for who does not exist, as often each as users have it."""
        if not self.differ:
            return self._usual
        if user in self._accounts:
            return self._own.get(user, self._usual)
        digest = hashlib.blake2b(user.encode("utf-8", "replace"), digest_size=8, key=self._key)
        place = int.from_bytes(digest.digest(), "big") % self._bounds[-1]
        return next(
            kind for kind, bound in zip(self._kinds, self._bounds, strict=True) if place < bound
        )
