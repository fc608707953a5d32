"""TFTP packets to and from bytes (RFC 1350 section 5, RFC 2347). Pure."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

LONGEST_REQUEST: Final = 512
"""RFC 2347: a request, options included, is no longer."""


class Opcode(IntEnum):
    """The first two bytes."""

    READ = 1
    WRITE = 2
    DATA = 3
    ACK = 4
    ERROR = 5
    OACK = 6


class Fault(IntEnum):
    """Error codes that we send (RFC 1350 appendix, RFC 2347)."""

    NOT_FOUND = 1
    NOT_ALLOWED = 2
    ILLEGAL = 4


class MalformedError(Exception):
    """The bytes are no packet that a client sends."""


class Request(NamedTuple):
    """A client wants to read or to write a file."""

    opcode: Opcode
    name: str
    mode: str
    """In lower case."""
    options: Mapping[str, str]
    """By names in lower case."""


def parse_request(data: bytes) -> Request:
    """A packet to the server's port. Raises MalformedError."""
    if len(data) > LONGEST_REQUEST or data[:2] not in (b"\0\1", b"\0\2") or data[-1:] != b"\0":
        raise MalformedError
    words = data[2:-1].split(b"\0")
    if len(words) < 2 or len(words) % 2 or not words[0]:
        raise MalformedError
    name, mode, *rest = (word.decode("latin-1") for word in words)
    options = {key.lower(): value for key, value in zip(rest[::2], rest[1::2], strict=True)}
    return Request(Opcode(data[1]), name, mode.lower(), options)


def parse_ack(data: bytes) -> int | None:
    """The block that a packet to a transfer's port acknowledges. None: the client gives up.

    Raises MalformedError for anything but ACK and ERROR.
    """
    if len(data) >= 4 and data[:2] == b"\0\4":
        return int.from_bytes(data[2:4], "big")
    if data[:2] == b"\0\5":
        return None
    raise MalformedError


def data_packet(block: int, content: bytes) -> bytes:
    """A block. The number starts again at 0 behind 65535."""
    return b"\0\3" + (block & 0xFFFF).to_bytes(2, "big") + content


def error_packet(fault: Fault, text: str) -> bytes:
    """A refusal."""
    return b"\0\5" + int(fault).to_bytes(2, "big") + text.encode("ascii") + b"\0"


def oack_packet(options: Mapping[str, int]) -> bytes:
    """The options that were agreed to."""
    words = [word for name, value in options.items() for word in (name, str(value))]
    return b"\0\6" + b"".join(word.encode("ascii") + b"\0" for word in words)
