"""The head of a message cut into lines, and the lines into names and values (RFC 3261 section 7.3).

Nothing here knows what a header means.
"""

import re
from typing import Final

from engine.sip.wire.errors import SipParseError
from engine.sip.wire.names import SPELLINGS, canonical_name

MAX_HEADERS: Final = 256

_FOLD: Final = re.compile(rb"(?<![ \t])[ \t]*+\r\n[ \t]++")
"""Tried once for a run of white space, not once for each character of it: see test_long_values."""
_WHITE: Final = (b" ", b"\t")


def lines_of(head: bytes) -> list[bytes]:
    """Start line and header lines. SipParseError for stray line breaks and for too many."""
    lines = head.splitlines() or [head]
    # A lone CR or LF would end a line for a sloppier parser behind us: refuse, never forward.
    if b"\r\n".join(lines) != head:
        raise SipParseError("Stray line break")
    if len(lines) > MAX_HEADERS:
        raise SipParseError("Too many header fields")
    return lines


def named(headers: list[bytes]) -> tuple[list[bytes], dict[bytes, bytes]]:
    """Canonical names, and the first value of each; a line that is no header has an empty name."""
    names: list[bytes] = []
    fields: dict[bytes, bytes] = {}
    for line in headers:
        name, colon, value = line.partition(b":")
        name = colon and (SPELLINGS.get(name) or canonical_name(name))
        names.append(name)
        if name not in fields:
            fields[name] = value.strip(b" \t")
    return names, fields


def unfolded(lines: list[bytes]) -> list[bytes]:
    """Each header in one line (section 7.3.1). The very same list when none is folded."""
    if any(line[:1] in _WHITE for line in lines):
        return _FOLD.sub(b" ", b"\r\n".join(lines)).split(b"\r\n")
    return lines
