"""STUN binding requests on the SIP port: how a phone behind NAT keeps its mapping open and sees
whether it has moved (RFC 5626 section 4.4.2, RFC 5389 section 7). No I/O.

Nothing else of STUN is served, and nothing is remembered. An answer is 12 (IPv4) or 24 (IPv6)
bytes longer than the shortest request: of no use for amplifying floods.
"""

import struct
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final

_MAGIC: Final = 0x2112A442
_BINDING_REQUEST: Final = 0x0001
_BINDING_SUCCESS: Final = 0x0101
_BINDING_ERROR: Final = 0x0111
_HEADER: Final = struct.Struct("!HHI12s")
_ATTRIBUTE: Final = struct.Struct("!HH")
_XOR_MAPPED_ADDRESS: Final = 0x0020
_ERROR_CODE: Final = 0x0009
_UNKNOWN_ATTRIBUTES: Final = 0x000A
_OPTIONAL: Final = 0x8000
"""Attributes from here on may be ignored (section 15)."""
MAX_SIZE: Final = 548
"""Bytes of a request, as section 7.1 limits those that are sent without knowing the path."""


def answer(data: bytes, host: str, port: int) -> bytes | None:
    """The answer to a datagram from `host` and `port`; None when it is no binding request."""
    if not _HEADER.size <= len(data) <= MAX_SIZE:
        return None
    kind, length, magic, transaction = _HEADER.unpack_from(data)
    if kind != _BINDING_REQUEST or magic != _MAGIC or length != len(data) - _HEADER.size:
        return None
    unknown = _unknown_attributes(data)
    if unknown is None:
        return None
    if unknown:
        return _message(_BINDING_ERROR, transaction, _not_understood(unknown))
    return _message(_BINDING_SUCCESS, transaction, _mapped_address(transaction, host, port))


def _unknown_attributes(data: bytes) -> list[int] | None:
    """Attributes that may not be ignored; of those we know none. None: malformed."""
    unknown, position = [], _HEADER.size
    while position < len(data):
        if len(data) - position < _ATTRIBUTE.size:
            return None
        kind, length = _ATTRIBUTE.unpack_from(data, position)
        position += _ATTRIBUTE.size + (length + 3) // 4 * 4
        if kind < _OPTIONAL:
            unknown.append(kind)
    return unknown if position == len(data) else None


def _not_understood(unknown: list[int]) -> bytes:
    """420 and the first few of what was not understood (sections 15.6 and 15.9)."""
    shown = unknown[:4]
    types = struct.pack(f"!{len(shown)}H", *shown)
    return _attribute(_ERROR_CODE, b"\0\0\x04\x14") + _attribute(_UNKNOWN_ATTRIBUTES, types)


def _mapped_address(transaction: bytes, host: str, port: int) -> bytes:
    """Where the request came from, scrambled so that no NAT on the way corrects it (15.2)."""
    family, mark = (AF_INET6, 2) if ":" in host else (AF_INET, 1)
    address = inet_pton(family, host.partition("%")[0])  # of link-local ones, without the link
    mask = (_MAGIC.to_bytes(4, "big") + transaction)[: len(address)]
    hidden = bytes(one ^ other for one, other in zip(address, mask, strict=True))
    return _attribute(
        _XOR_MAPPED_ADDRESS, struct.pack("!BBH", 0, mark, port ^ (_MAGIC >> 16)) + hidden
    )


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + b"\0" * (-len(value) % 4)


def _message(kind: int, transaction: bytes, attributes: bytes) -> bytes:
    return _HEADER.pack(kind, len(attributes), _MAGIC, transaction) + attributes
