"""Nonces that carry their own proof, and the guard against using one twice.

A nonce is time ‖ random ‖ HMAC, so issuing one costs no memory: a flood of requests without
credentials leaves nothing behind. Only nonces that were answered correctly are remembered.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from os import urandom
from typing import Final

_TIME: Final = 6
_RANDOM: Final = 6
_PROOF: Final = 12
_LENGTH: Final = 32
"""Characters: base64 of the 24 bytes above, without padding."""

_ROUNDED: Final = 0.001
"""Seconds by which the time in a nonce may be short."""


class Nonces:
    """Issues nonces and recognises them again. `key` is secret and outlives restarts."""

    def __init__(self, key: bytes, lifetime: float) -> None:
        self._key = hashlib.blake2b(b"digest nonce", key=key[:64]).digest()[:32]
        self.lifetime = lifetime

    def issue(self, wall: float) -> bytes:
        """A new nonce, valid from `wall` (seconds since the epoch) for its lifetime."""
        body = int(wall * 1000).to_bytes(_TIME, "big") + urandom(_RANDOM)
        return urlsafe_b64encode(body + self._proof(body))

    def issued_at(self, nonce: bytes) -> float | None:
        """When the nonce was issued (seconds since the epoch); None when it is not ours."""
        if len(nonce) != _LENGTH:
            return None
        try:
            raw = urlsafe_b64decode(nonce)
        except ValueError:
            return None
        body, proof = raw[: _TIME + _RANDOM], raw[_TIME + _RANDOM :]
        if not hmac.compare_digest(proof, self._proof(body)):
            return None
        return int.from_bytes(body[:_TIME], "big") / 1000

    def is_fresh(self, issued: float, wall: float) -> bool:
        """Whether a nonce that was issued then is still good."""
        return -1.0 <= wall - issued <= self.lifetime

    def _proof(self, body: bytes) -> bytes:
        return hashlib.blake2b(body, digest_size=_PROOF, key=self._key).digest()


_ONCE: Final = 1 << 64 | 1
"""Most nonces are used once: all these share one number."""


class ReplayGuard:
    """Remembers which counts of which nonces were used, in bounded memory.

    Two generations of at most `capacity` nonces. When the older one is dropped before its time,
    every nonce that it may have held counts as stale: a busy node asks some phones again, and
    never accepts a replay.
    """

    WINDOW: Final = 64
    """Counts may arrive out of order by so many: UDP, and parallel requests of one phone."""

    def __init__(self, lifetime: float, since: float, capacity: int = 100_000) -> None:
        """What was issued before `since` (seconds since the epoch) may have been used already."""
        self._lifetime = lifetime
        self._capacity = capacity
        self._recent: dict[bytes, int] = {}
        """By nonce: the highest count, and which of the counts up to it were seen, as bits."""
        self._older: dict[bytes, int] = {}
        self._rotated = since
        self._horizon = since - _ROUNDED

    def __len__(self) -> int:
        """Nonces remembered."""
        return len(self._recent) + len(self._older)

    def accept(self, nonce: bytes, count: int, issued: float, wall: float) -> bool:
        """Use `nonce` with that count. False: it was, or may have been, used so before."""
        self._rotate(wall)
        if issued <= self._horizon:
            return False
        state = self._recent.get(nonce) or self._older.get(nonce) or 0
        highest, seen = state >> self.WINDOW, state & (2**self.WINDOW - 1)
        if count > highest:
            shift = count - highest
            seen = ((seen << shift) | 1) & (2**self.WINDOW - 1) if shift < self.WINDOW else 1
            highest = count
        else:
            bit = 1 << (highest - count)
            if highest - count >= self.WINDOW or seen & bit:
                return False
            seen |= bit
        self._recent[nonce] = _ONCE if highest == 1 else highest << self.WINDOW | seen
        return True

    def _rotate(self, wall: float) -> None:
        age = wall - self._rotated
        if age <= self._lifetime and len(self._recent) < self._capacity:
            return
        # Whatever the older generation held was last used before the last rotation. When that is
        # less than a lifetime ago, those nonces could still be fresh: declare them stale.
        if self._older and age <= self._lifetime:
            self._horizon = self._rotated
        self._older = self._recent
        self._recent = {}
        self._rotated = wall
