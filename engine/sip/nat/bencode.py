"""Bencoding, in which rtpengine is spoken to: integers, byte strings, lists and dictionaries.

What comes in may be anything: it is bounded in size and depth, and only BencodeError escapes.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

MAX_DEPTH: Final = 16
MAX_VALUES: Final = 10_000

Value = int | bytes | list["Value"] | dict[bytes, "Value"]
Encodable = int | bytes | str | Sequence["Encodable"] | Mapping[str, "Encodable"]

_INTEGER: Final = re.compile(rb"i(-?\d{1,18})e")
_LENGTH: Final = re.compile(rb"(\d{1,6}):")
_LIST, _DICTIONARY, _END = b"l"[0], b"d"[0], b"e"[0]


class BencodeError(ValueError):
    """Bytes that are not one bencoded value."""


def encode(value: Encodable) -> bytes:
    """Bytes of a value. Keys of dictionaries are sorted, as the format demands."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, Mapping):
        pairs = sorted((key.encode(), item) for key, item in value.items())
        return b"d" + b"".join(encode(key) + encode(item) for key, item in pairs) + b"e"
    return b"l" + b"".join(map(encode, value)) + b"e"


def decode(data: bytes) -> Value:
    """The value that the bytes are. Raises BencodeError."""
    reader = _Reader(data)
    value = reader.value(MAX_DEPTH)
    if reader.at != len(data):
        raise BencodeError("something follows the value")
    return value


class _Reader:
    """Where in the bytes we are, and how many values may still come."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self._left = MAX_VALUES

    def value(self, depth: int) -> Value:
        """The next value."""
        self._left -= 1
        if depth == 0 or self._left < 0:
            raise BencodeError("too deep or too many values")
        kind = self.data[self.at] if self.at < len(self.data) else None
        if kind == _LIST:
            return self._list(depth)
        if kind == _DICTIONARY:
            return self._dictionary(depth)
        match = _INTEGER.match(self.data, self.at)
        if match is None:
            return self._bytes()
        self.at = match.end()
        return int(match[1])

    def _bytes(self) -> bytes:
        match = _LENGTH.match(self.data, self.at)
        if match is None:
            raise BencodeError("neither a number, a string, a list nor a dictionary")
        start, length = match.end(), int(match[1])
        self.at = start + length
        if self.at > len(self.data):
            raise BencodeError("a string is cut off")
        return self.data[start : self.at]

    def _list(self, depth: int) -> list[Value]:
        items = []
        self.at += 1
        while not self._ends():
            items.append(self.value(depth - 1))
        return items

    def _dictionary(self, depth: int) -> dict[bytes, Value]:
        pairs = {}
        self.at += 1
        while not self._ends():
            key = self._bytes()
            pairs[key] = self.value(depth - 1)
        return pairs

    def _ends(self) -> bool:
        if self.at >= len(self.data):
            raise BencodeError("a list or dictionary is cut off")
        if self.data[self.at] != _END:
            return False
        self.at += 1
        return True
