"""Plain values as YAML text: quoted where a reader, ours or an older one, could misunderstand."""

import json
import re
from typing import Any

from schema.source import SecretReference

PLAIN = re.compile(r"[^\W\d_](?:[\w ./@+-]*[\w./@+-])?|[1-9][0-9]*(?:ms|s|m|h|d)")
"""What needs no quotes anywhere: words that begin with a letter, and durations."""

MEANT_OTHERWISE = frozenset(
    ("y", "yes", "n", "no", "on", "off", "true", "false", "null", "inf", "nan")
)
"""In any case, in YAML 1.1 or 1.2."""
INVISIBLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
"""What JSON leaves as it is, and YAML reads as a line break or not at all."""

LINES = re.compile(r"[!-~][ -~]*(?:\n[!-~][ -~]*)+\n?")
"""A text that a block scalar holds as it is, whatever its indentation."""


def scalar(value: Any, quote: str = "") -> str:
    """A value that is no collection. `quote` is what the neighbours have around theirs."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, SecretReference):
        return f"!{value.kind} {text(value.text, quote)}"
    if isinstance(value, int | float):
        return repr(value)
    return text(str(value), quote)


def block(value: Any) -> tuple[str, list[str]] | None:
    """A sealed text as the head and the lines of a block scalar; None for all that fits a line."""
    if not isinstance(value, SecretReference) or LINES.fullmatch(value.text) is None:
        return None
    chomping = "" if value.text.endswith("\n") else "-"
    return f"!{value.kind} |{chomping}", value.text.removesuffix("\n").split("\n")


def text(value: str, quote: str = "") -> str:
    """A text: with the wished quotes (none is a wish too) where they can hold it."""
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if quote != '"' and is_plain(value):
        return value
    written = json.dumps(value, ensure_ascii=False)
    return INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def is_plain(value: str) -> bool:
    """Whether a text means itself without quotes, in block and flow style."""
    return PLAIN.fullmatch(value) is not None and value.lower() not in MEANT_OTHERWISE


def quote_of(source: str) -> str:
    """The quotes that a scalar stands in: `"`, `'` or none."""
    return source[0] if source[:1] in ("'", '"') else ""
