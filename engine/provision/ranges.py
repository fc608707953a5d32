"""Parts of files (RFC 9110 section 14), for phones that load firmware in pieces. Pure."""

import re
from typing import Final, NamedTuple

_ONE: Final = re.compile(r"bytes=\s*(\d{1,18})?\s*-\s*(\d{1,18})?", re.IGNORECASE)


class Part(NamedTuple):
    """Bytes of a file, both ends included."""

    first: int
    last: int

    def header(self, size: int) -> str:
        """Content-Range of a 206."""
        return f"bytes {self.first}-{self.last}/{size}"


class Unsatisfiable(Exception):  # noqa: N818  an answer, 416, not an accident
    """The range begins behind the end of the file."""


def wanted_part(header: str, size: int) -> Part | None:
    """The part that a Range header asks for. None: the whole file.

    Several ranges, other units and nonsense are ignored, as a server may (section 14.2). Raises
    Unsatisfiable.
    """
    found = _ONE.fullmatch(header.strip())
    if found is None:
        return None
    first, last = found[1], found[2]
    if first is None and last is None:
        return None
    if first is None:
        return _last_bytes(int(last), size)
    if last is not None and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return Part(int(first), size - 1 if last is None else min(int(last), size - 1))


def _last_bytes(count: int, size: int) -> Part:
    if count == 0 or size == 0:
        raise Unsatisfiable
    return Part(max(0, size - count), size - 1)
