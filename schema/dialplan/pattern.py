"""Patterns of dialled numbers, in Asterisk's notation: text in, sets of characters out.

Knows the notation only: no rules, no users, no positions in files (an error carries the column
inside the pattern; whoever read the file knows where the pattern stands). Standard library only,
because the route table's interpreter builds on it.

    X 0-9   Z 1-9   N 2-9   [13-5] one of these   . one or more   ! zero or more
    0-9 * # + themselves; a leading underscore, Asterisk's mark of a pattern, is tolerated
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

ALPHABET = "#*+0123456789"
"""Every character of a number that patterns can match. Names never match a pattern."""

_DIGITS = frozenset("0123456789")
_CLASSES = {"X": "0123456789", "Z": "123456789", "N": "23456789"}


class PatternError(ValueError):
    """A pattern that cannot be read. `column` counts the pattern's characters from 1."""

    def __init__(self, reason: str, column: int, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern. It matches whole numbers, never parts of one."""

    text: str
    symbols: tuple[str, ...]
    """For each position the characters accepted there, sorted."""
    tail: Literal["", ".", "!"] = ""
    """What may follow `symbols`: nothing, one or more (`.`), zero or more (`!`) of ALPHABET."""

    def matches(self, number: str) -> bool:
        """Whether the whole of `number` is matched."""
        length = len(self.symbols)
        shortest = length + 1 if self.tail == "." else length
        if len(number) < shortest or (not self.tail and len(number) > length):
            return False
        heads = zip(number, self.symbols, strict=False)
        return all(c in accepted for c, accepted in heads) and set(number[length:]) <= set(ALPHABET)


@lru_cache(maxsize=16384)
def parse_pattern(text: str) -> Pattern:
    """Read one pattern. Raises PatternError, which says where and what to write instead."""
    symbols: list[str] = []
    at = 1 if text.startswith("_") else 0
    if at == len(text):
        raise PatternError("the pattern is empty", 1, 'write digits or X, Z, N, such as "9NXXXXXX"')
    while at < len(text):
        if text[at] in ".!":
            return Pattern(text, tuple(symbols), _tail(text, at))
        accepted, at = _symbol(text, at)
        symbols.append(accepted)
    return Pattern(text, tuple(symbols))


def _tail(text: str, at: int) -> Literal[".", "!"]:
    if at != len(text) - 1:
        raise PatternError(
            f'"{text[at]}" can only stand at the end of a pattern',
            at + 2,
            f'"{text[at]}" already matches everything that follows; use X for one digit',
        )
    return "." if text[at] == "." else "!"


def _symbol(text: str, at: int) -> tuple[str, int]:
    """The characters accepted by the symbol at `at`, and where the next one starts."""
    character = text[at]
    if character == "[":
        return _bracket(text, at)
    if character.upper() in _CLASSES:  # Asterisk reads both cases
        return _CLASSES[character.upper()], at + 1
    if character in ALPHABET:
        return character, at + 1
    raise PatternError(f'"{character}" has no meaning in a pattern', at + 1, _advice(character))


def _advice(character: str) -> str:
    if character in "- ()/":
        return "write the number without separators"
    if character == "]":
        return 'a set starts with "[", such as "[13-5]"'
    return (
        "a pattern is made of 0-9 * # +, X (0-9), Z (1-9), N (2-9), [13-5], and . or ! at the end"
    )


def _bracket(text: str, at: int) -> tuple[str, int]:
    """A set such as [13-5] whose "[" stands at `at`."""
    end = text.find("]", at)
    if end < 0:
        raise PatternError('"[" is never closed', at + 1, 'close the set with "]", as in "[13-5]"')
    if end == at + 1:
        raise PatternError("the set is empty", at + 1, 'name what it accepts, as in "[13-5]"')
    accepted: set[str] = set()
    inside = at + 1
    while inside < end:
        characters, inside = _member(text, inside, end)
        accepted |= characters
    return "".join(sorted(accepted)), end + 1


def _member(text: str, at: int, end: int) -> tuple[set[str], int]:
    """One character or one range of a set, and where the next member starts."""
    first = text[at]
    if first not in ALPHABET:
        hint = "a set holds digits, * # + and ranges, as in [13-5]; sets cannot be negated"
        raise PatternError(f'"{first}" cannot stand in a set', at + 1, hint)
    if at + 1 >= end or text[at + 1] != "-":
        return {first}, at + 1
    last = text[at + 2 : min(at + 3, end)]
    if not (first in _DIGITS and last in _DIGITS and first <= last):
        hint = "a range goes from a lower digit to a higher one, as in [3-5]"
        raise PatternError(f'"{first}-{last}" is not a range', at + 1, hint)
    return {str(digit) for digit in range(int(first), int(last) + 1)}, at + 3
