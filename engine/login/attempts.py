"""Wrong passwords, by user and by address, and who has to wait for them.

Sans-IO: `now` is passed in, seconds of any clock that only goes forward. Names of nobody count
like others, so that being locked says nothing about who exists. Bounded: the oldest is forgotten.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import Final

MOST_KEPT: Final = 20_000
"""Users and addresses that are remembered."""
FROM_AN_ADDRESS: Final = 4
"""Times as many wrong passwords as a user's lock an address: behind it may be an office."""


@dataclass(slots=True)
class _Failures:
    count: int
    since: float


class Attempts:
    """Counts within `lock` seconds from the first wrong password on; then it begins anew."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Failures] = OrderedDict()
        self._asked: Counter[str] = Counter()
        """By user: passwords whose answer is not there yet."""
        self._mutex = Lock()

    def locked(self, user: str, source: str, allowed: int, lock: float, now: float) -> bool:
        """Whether nobody may try: this user, or whoever asks from this address."""
        with self._mutex:
            return any(
                self._count(key, lock, now) >= most for key, most in _limits(user, source, allowed)
            )

    @contextmanager
    def trying(self, user: str, allowed: int, lock: float, now: float) -> Iterator[bool]:
        """Whether one more password may be tried while others are: all of them may be wrong."""
        with self._mutex:
            free = self._count(f"user {user}", lock, now) + self._asked[user] < allowed
            self._asked[user] += free
        try:
            yield free
        finally:
            with self._mutex:
                self._asked[user] -= free
                self._asked += Counter()  # forgets those of whom nothing is asked

    def failed(self, user: str, source: str, lock: float, now: float) -> None:
        """Note a wrong password."""
        with self._mutex:
            for key, _ in _limits(user, source, 1):
                count = self._count(key, lock, now)
                since = self._kept[key].since if count else now
                self._kept[key] = _Failures(count + 1, since)
                self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def succeeded(self, user: str) -> None:
        """Forget the user's wrong passwords; the address's stay, or one account would buy more."""
        with self._mutex:
            self._kept.pop(f"user {user}", None)

    def _count(self, key: str, lock: float, now: float) -> int:
        found = self._kept.get(key)
        return found.count if found is not None and now - found.since < lock else 0


def _limits(user: str, source: str, allowed: int) -> list[tuple[str, int]]:
    limits = [(f"user {user}", allowed)]
    if source:
        limits.append((f"from {_network(source)}", allowed * FROM_AN_ADDRESS))
    return limits


def _network(source: str) -> str:
    """An address; of IPv6 the network of 64 bits that a machine may choose addresses from."""
    try:
        address = ip_address(source)
    except ValueError:
        return source[:64]
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))
