"""Text that people wrote, made harmless for a file format. Knows formats, not families.

Every value that a template prints goes through one of these, so a name can at worst look odd on
a display; it cannot start a new line, close an attribute or add a parameter.
"""

import unicodedata
from collections.abc import Callable
from typing import Literal

from markupsafe import Markup

Format = Literal["ini", "xml"]

_NONCHARACTERS = frozenset(plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF))


def one_line(value: object) -> object:
    """The value without what ends a line or cannot be encoded; numbers and markup pass.

    Control characters (line ends, NUL, escape) and the Unicode line and paragraph separators
    become spaces; lone surrogates and noncharacters, which UTF-8 or XML 1.0 (section 2.2) have
    no place for, become U+FFFD.
    """
    if isinstance(value, int | Markup):
        return value
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_harmless, text))


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category == "Cs" or ord(character) in _NONCHARACTERS:
        return "\ufffd"
    return character


def ini_value(value: object) -> object:
    """A value of `key = value`: one line, no blanks around it."""
    if isinstance(value, int):
        return value
    text = str(value)
    if text.isascii() and text.isprintable():
        return text.strip()
    return str(one_line(text)).strip()


FINALIZERS: dict[Format, Callable[[object], object]] = {"ini": ini_value, "xml": one_line}
"""What each format does to a printed value; XML's own escaping is Jinja's autoescape after it."""


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
