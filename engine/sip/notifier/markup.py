"""XML for documents of ours. Whatever the text, what comes out is well-formed."""

import re
from typing import Final
from xml.sax.saxutils import escape

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'

_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""
_IN_ATTRIBUTES: Final = (('"', "&quot;"), ("\n", "&#10;"), ("\t", "&#9;"))
"""What would end a value, or be read as a space."""


def text(value: str | bytes) -> str:
    """Text between tags."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return escape(_FORBIDDEN.sub("\ufffd", value), {"\r": "&#13;"})


def attribute(name: str, value: str | bytes | int) -> str:
    """` name="value"`."""
    if isinstance(value, int):
        return f' {name}="{value}"'
    quoted = text(value)
    for character, reference in _IN_ATTRIBUTES:
        quoted = quoted.replace(character, reference)
    return f' {name}="{quoted}"'
