"""Text that people wrote, made harmless for a file format. Knows formats, not families.

Every value that a template prints goes through one of these, so a name can at worst look odd on
a display; it cannot start a new line, close an attribute or add a parameter.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Literal

from markupsafe import Markup

Format = Literal["ini", "xml", "cli", "keyvalue", "json", "vcard"]
Charset = Literal["utf-8", "iso-8859-1"]

_NONCHARACTERS = frozenset(plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF))


class Written(Markup):
    """Lines of which every value was made harmless before; only the filter makes any."""


_AS_IT_IS = (int, Written)
_MARKED = (int, Markup)


def one_line(value: object) -> object:
    """The value without what ends a line or cannot be encoded; numbers and markup pass.

    Control characters (line ends, NUL, escape) and the Unicode line and paragraph separators
    become spaces; lone surrogates and noncharacters, which UTF-8 or XML 1.0 (section 2.2) have
    no place for, become U+FFFD.
    """
    if isinstance(value, _MARKED):
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
    if isinstance(value, _AS_IT_IS):
        return value
    text = str(value)
    if text.isascii() and text.isprintable():
        return text.strip()
    return str(one_line(text)).strip()


def quoted_value(value: object) -> object:
    """A value between the double quotes of `KEY="value"`, which knows no escape: one line, with
    an apostrophe for each quote and a slash for each backslash."""
    if isinstance(value, _AS_IT_IS):
        return value
    return str(one_line(value)).replace('"', "'").replace("\\", "/").strip()


def cli_word(value: object) -> object:
    """One word of a command: as it is, or else in double quotes that nothing in it can close."""
    if isinstance(value, _AS_IT_IS):
        return value
    text = quoted_value(value)
    return text if _BARE_WORD.fullmatch(str(text)) else f'"{text}"'


_BARE_WORD = re.compile(r"[A-Za-z0-9._:/@+*=-]+")


def json_text(value: object) -> object:
    """The inside of a JSON string (RFC 8259 section 7); whoever prints it writes the quotes."""
    if isinstance(value, _AS_IT_IS):
        return str(value).lower() if isinstance(value, bool) else value
    return json.dumps(one_line(value), ensure_ascii=False)[1:-1]


def vcard_text(value: object) -> object:
    """A text of a vCard (RFC 6350 section 3.4): one line, with a backslash before what divides
    values, and before the backslash itself."""
    if isinstance(value, int):
        return value
    return _DIVIDES.sub(r"\\\g<0>", str(one_line(value)).strip())


_DIVIDES = re.compile(r"[\\,;]")

FINALIZERS: dict[Format, Callable[[object], object]] = {
    "ini": ini_value,
    "xml": one_line,
    "cli": cli_word,
    "keyvalue": quoted_value,
    "json": json_text,
    "vcard": vcard_text,
}
"""What each format does to a printed value; XML's own escaping is Jinja's autoescape after it."""


def encoded(text: str, charset: Charset, format_: Format) -> bytes:
    """The bytes of a file. What the charset does not have: by number in XML and JSON, else "?"."""
    if charset == "utf-8":
        return text.encode()
    if format_ == "json":
        return "".join(one if ord(one) < 256 else _escaped(one) for one in text).encode(charset)
    return text.encode(charset, "xmlcharrefreplace" if format_ == "xml" else "replace")


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1]


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
