"""Texts with attributes in braces: "{givenName} {sn}". A bare name stands for that attribute."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from schema.models.directory import ATTRIBUTE_PATTERN

_ATTRIBUTE = re.compile(ATTRIBUTE_PATTERN)
_PIECES = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")


@dataclass(frozen=True, slots=True)
class Template:
    """Pieces in order: (literal text, "") or ("", attribute)."""

    pieces: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Take a text apart. ValueError, with a text for people, for one that is no template."""
        if "{" not in text and "}" not in text:
            return cls((("", _attribute(text)),))
        pieces = tuple(_piece(found) for found in _PIECES.finditer(text))
        if not any(attribute for _, attribute in pieces):
            raise ValueError("it names no attribute")
        return cls(pieces)

    @property
    def attributes(self) -> tuple[str, ...]:
        """All attributes it needs."""
        return tuple(attribute for _, attribute in self.pieces if attribute)

    def fill(self, value: Callable[[str], str]) -> str:
        """The text, with `value` of each attribute; "" when one of them has none."""
        filled = [(literal, attribute and value(attribute)) for literal, attribute in self.pieces]
        if any(not literal and not text for literal, text in filled):
            return ""
        return " ".join("".join(literal or text for literal, text in filled).split())


def _piece(found: re.Match[str]) -> tuple[str, str]:
    attribute, literal, brace = found.groups()
    if brace:
        raise ValueError(f'a "{brace}" stands alone')
    return (literal, "") if literal else ("", _attribute(attribute))


def _attribute(text: str) -> str:
    if _ATTRIBUTE.fullmatch(text) is None:
        raise ValueError(f'"{text}" is not the name of an attribute')
    return text
