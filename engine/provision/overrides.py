"""What was set on a phone itself, read from the file that it sent; and what the tree says. Pure.

The files come from the network: nothing in them is followed, and little of them is kept.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple
from xml.etree import ElementTree

MOST: Final = 200
_LONGEST: Final = 200
_LINE: Final = re.compile(r"^([A-Za-z][\w.-]*) ?= ?(.*)$", re.M)
_SECRET: Final = re.compile("passw|secret|pin", re.IGNORECASE)


class Override(NamedTuple):
    """A parameter that a phone has otherwise than it was told, or besides."""

    parameter: str
    value: str
    """An ellipsis for what is secret."""
    told: str | None
    """What the phone's files say; None when they do not name it."""


def overrides(sent: bytes, files: Iterable[bytes]) -> list[Override]:
    """The parameters in a file that a phone sent, against those of its own files."""
    told: dict[str, str] = {}
    for content in files:
        told |= parameters(content)
    return [
        Override(name, _shown(name, value), None if name not in told else _shown(name, told[name]))
        for name, value in list(parameters(sent).items())[:MOST]
        if told.get(name) != value
    ]


def parameters(content: bytes) -> dict[str, str]:
    """Lines "name = value", the elements of a flat-profile, or the attributes of other XML;
    nothing of what cannot be read."""
    if not content.lstrip().startswith(b"<"):
        return dict(_LINE.findall(content.decode("utf-8", "replace")))
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return {}
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 (without declarations of entities)
    except (ElementTree.ParseError, ValueError):
        return {}
    flat = next(root.iter("flat-profile"), None)
    if flat is not None:
        return {one.tag: (one.text or "").strip() for one in flat}
    return {name: value for one in root.iter() for name, value in one.attrib.items()}


def _shown(name: str, value: str) -> str:
    if _SECRET.search(name):
        return "…"
    return "".join(one if one.isprintable() else "?" for one in value[:_LONGEST])
