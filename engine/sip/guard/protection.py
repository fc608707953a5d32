"""The limits of the guard: an immutable part of SipConfig."""

from dataclasses import dataclass
from typing import Final

PERIOD: Final = 2.0
"""Seconds that budgets of messages are for: pike's sampling time, as Kamailio's users know it."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What strangers may do before they are ignored. Gateways and `trusted` are never limited."""

    stranger_requests: int = 16
    """Messages in PERIOD from an address where nobody has registered or called."""
    known_requests: int = 2000
    """The same from one where somebody has: an office behind one address has many phones."""
    wrong_passwords: int = 10
    """From a stranger's address, within `ban_seconds`, until it is banned."""
    ban_seconds: float = 300.0
    trusted: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that are neither limited nor banned."""
    scanners: tuple[str, ...] = ()
    """Beginnings of further User-Agents that are banned at once."""
