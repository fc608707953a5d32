"""Sets of characters, position by position, back to Asterisk's notation."""

from collections.abc import Iterator, Sequence
from typing import Literal

from schema.automata.alphabet import ORDER
from schema.dialplan.pattern import Pattern

Tail = Literal["", ".", "!"]

_DIGITS = "0123456789"
_LETTERS = {_DIGITS: "X", _DIGITS[1:]: "Z", _DIGITS[2:]: "N"}


def pattern_of(symbols: Sequence[str], tail: Tail = "") -> Pattern:
    """The pattern that accepts these characters, position by position."""
    in_order = tuple("".join(sorted(set(accepted))) for accepted in symbols)
    return Pattern("".join(map(_symbol, in_order)) + tail, in_order, tail)


def _symbol(accepted: str) -> str:
    """One position of a pattern; `accepted` is sorted."""
    if len(accepted) == 1:
        return accepted
    return _LETTERS.get(accepted) or f"[{''.join(_members(accepted))}]"


def _members(accepted: str) -> Iterator[str]:
    """What stands between the brackets: three digits in a row and more as a range."""
    for run in "".join(d if d in accepted else " " for d in _DIGITS).split():
        yield f"{run[0]}-{run[-1]}" if len(run) > 2 else run
    yield from (c for c in ORDER if c in accepted and c not in _DIGITS)
