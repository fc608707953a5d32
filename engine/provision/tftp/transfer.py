"""Sending one file: which packet is due, and when there is an end. Sans-IO.

The sender repeats a block when nothing came for a while, and only then: an acknowledgement that
comes twice makes nothing be sent twice (RFC 1123 section 4.2.3.1, the sorcerer's apprentice).
"""

from collections.abc import Mapping
from typing import Final

from engine.provision.tftp.packet import data_packet, oack_packet

BLOCK: Final = 512
LARGEST_BLOCK: Final = 1468
"""What fits into a frame of 1500 bytes: phones lose fragments."""
PATIENCE: Final = 1.0
"""Seconds until a packet is repeated, unless the client says otherwise."""
TRIES: Final = 6
MODES: Final = ("octet", "netascii")


class Transfer:
    """One file on its way. `patience` are the seconds until `repeat` is due."""

    def __init__(self, content: bytes, mode: str, options: Mapping[str, str]) -> None:
        self._content = netascii(content) if mode == "netascii" else content
        agreed = agree(options, len(self._content))
        self._size = agreed.get("blksize", BLOCK)
        self.patience = float(agreed.get("timeout", PATIENCE))
        self._block = 0 if agreed else 1
        self._packet = oack_packet(agreed) if agreed else self._data()
        self._tries = 1

    def start(self) -> bytes:
        """The first packet."""
        return self._packet

    def acknowledged(self, block: int) -> bytes | None:
        """The packet that is due after an acknowledgement; None: none is. See `done`."""
        if self.done or block != self._block & 0xFFFF:
            return None
        self._block += 1
        if self.done:
            return None
        self._packet, self._tries = self._data(), 1
        return self._packet

    def repeat(self) -> bytes | None:
        """The last packet again; None: the client has been silent for too long."""
        if self._tries == TRIES:
            return None
        self._tries += 1
        return self._packet

    @property
    def done(self) -> bool:
        """Whether the last block, which is not a full one, has been acknowledged."""
        return (self._block - 1) * self._size > len(self._content)

    def _data(self) -> bytes:
        start = (self._block - 1) * self._size
        return data_packet(self._block, self._content[start : start + self._size])


def agree(options: Mapping[str, str], size: int) -> dict[str, int]:
    """The options that we take, with their values; others are left out (RFC 2347)."""
    agreed: dict[str, int] = {}
    for name, text in options.items():
        value = int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else -1
        if name == "blksize" and 8 <= value <= 65464:
            agreed[name] = min(value, LARGEST_BLOCK)
        elif name == "timeout" and 1 <= value <= 255:
            agreed[name] = value
        elif name == "tsize" and value >= 0:
            agreed[name] = size
    return agreed


def netascii(content: bytes) -> bytes:
    """Ends of lines as the network has them (RFC 764); a carriage return by itself gets a NUL."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\r\0")
    return lines.replace(b"\n", b"\r\n")
