"""Random text for tags and branches, which nobody must guess."""

from binascii import hexlify
from collections.abc import Iterator
from os import urandom
from typing import Final

_DIGITS: Final = 16
_AT_ONCE: Final = 256
"""Asking the system for one costs nearly as much as for all of these."""


def random_hex() -> bytes:
    """64 random bits in hexadecimal (RFC 3261 section 19.3 asks for 32 at least)."""
    return next(_drawn)


def _draw() -> Iterator[bytes]:
    while True:
        digits = hexlify(urandom(_AT_ONCE * _DIGITS // 2))
        for start in range(0, len(digits), _DIGITS):
            yield digits[start : start + _DIGITS]


_drawn: Final = _draw()
