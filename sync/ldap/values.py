"""What an entry of a directory says, as text that can be relied on.

May know: bytes. May not: what they are for. Values come in the order of their text, because servers
keep none: the same directory gives the same people.
"""

import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from ldap3.core.exceptions import LDAPInvalidDnError
from ldap3.utils.dn import parse_dn

from sync.ldap.pages import Found

_GUIDS: Final = ("objectguid", "ms-ds-consistencyguid")
"""Attributes of 16 bytes that are written as [MS-DTYP] 2.3.4 orders them."""

NamePart = tuple[str, str]
"""Attribute in lower case, and its value without escapes."""


def texts(found: Found, attribute: str) -> list[str]:
    """All values of an attribute as lines of text; those that are none are left out."""
    readable = (_text(value) for value in found.values.get(attribute.lower(), ()))
    return sorted(text for text in readable if text)


def first(found: Found, attribute: str) -> str:
    """The first value, or ""."""
    values = texts(found, attribute)
    return values[0] if values else ""


def identifier(found: Found, attribute: str) -> str:
    """The value that names somebody for ever, as text; "" where there is none."""
    values: Sequence[bytes] = sorted(found.values.get(attribute.lower(), ()))
    if not values:
        return ""
    if attribute.lower() in _GUIDS and len(values[0]) == 16:
        return str(uuid.UUID(bytes_le=bytes(values[0])))
    return (_text(values[0]) or bytes(values[0]).hex())[:256]


def identifier_bytes(text: str, attribute: str) -> bytes:
    """What `identifier` made the text of, to search for it."""
    if attribute.lower() in _GUIDS:
        try:
            return uuid.UUID(text).bytes_le
        except ValueError:
            pass
    return text.encode()


@lru_cache(maxsize=65_536)
def name_parts(dn: str) -> tuple[NamePart, ...]:
    """A DN taken apart (RFC 4514), from the entry upwards; () when it is none."""
    # People write spaces behind commas; a name may really end in one, escaped.
    for strip in (True, False):
        try:
            parts = parse_dn(dn, strip=strip)
        except (LDAPInvalidDnError, IndexError):
            continue
        return tuple((name.lower(), unescaped(text)) for name, text, _ in parts)
    return ()


def same_name(dn: str) -> tuple[NamePart, ...]:
    """A DN as it is compared: without regard to case and spaces."""
    return tuple((name, folded(value)) for name, value in name_parts(dn))


def folded(text: str) -> str:
    """A text as it is compared."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def unescaped(value: str) -> str:
    r"""A value of a DN without its escapes: `\2C`, `\,` (RFC 4514 section 2.4)."""
    if "\\" not in value:
        return value.strip()
    return bytes(_unescaped_bytes(value.strip())).decode("utf-8", "replace")


def _unescaped_bytes(value: str) -> Iterator[int]:
    at = 0
    while at < len(value):
        pair = value[at + 1 : at + 3]
        if value[at] != "\\":
            yield from value[at].encode()
            at += 1
        elif len(pair) == 2 and all(c in "0123456789abcdefABCDEF" for c in pair):
            yield int(pair, 16)
            at += 3
        else:
            yield from value[at + 1 : at + 2].encode()
            at += 2


def _text(value: bytes) -> str:
    """One line; "" for what is no text."""
    try:
        decoded = bytes(value).decode()
    except UnicodeDecodeError:
        return ""
    if not decoded.isprintable():
        decoded = "".join(char if char.isprintable() else " " for char in decoded)
    return decoded.strip()
