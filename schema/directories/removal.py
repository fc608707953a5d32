"""Regular expressions that take something out of user names, in a time that is known beforehand.

Python's `re` goes back and tries again, so that an innocent `(a|a)*b` takes for ever on thirty
characters. Whoever writes in a directory must not be able to stop an import, so only what has few
ways to match is let in: their number is bounded by the product, over all repetitions and
alternatives, of the choices that each leaves. May know: expressions. May not: directories.
"""

import re
from dataclasses import dataclass
from typing import Final

LONGEST_NAME: Final = 128
"""Characters of a user name that are looked at; longer ones cannot be used."""
MOST_WAYS: Final = 20_000
"""Ways to match that an expression may leave: `.*x.*` leaves 16,641."""

_ESCAPES = frozenset("dDwWsS") | frozenset(r".^$*+?{}[]\|()-/@ ")
_SETS = ("--", "&&", "~~", "||")
"""What `re` keeps for operations on classes."""
_REPETITION = re.compile(r"[*+?]|\{(\d{1,3})(,(\d{0,3}))?\}")


@dataclass(frozen=True, slots=True)
class Removal:
    """An expression that may be used."""

    pattern: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> "Removal":
        """Judge an expression. ValueError, with a text for people, when it may not be used."""
        if _Ways(text).count() > MOST_WAYS:
            raise ValueError("it has too many ways to match, and could take for ever")
        try:
            return cls(re.compile(text))
        except re.error as error:
            raise ValueError(f"it is not an expression: {error.msg}") from None

    def apply(self, name: str) -> str:
        """Take all that matches out of a name of at most LONGEST_NAME characters."""
        return self.pattern.sub("", name[:LONGEST_NAME])


class _Ways:
    """Reads literals, `.`, classes, `^`, `$`, groups, alternatives and greedy repetitions."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def count(self) -> int:
        """How many ways there are at most to match from one place. ValueError for other syntax."""
        ways = self._alternatives()
        if self._at < len(self._text):
            raise ValueError('it has a ")" that stands alone')
        return ways

    def _alternatives(self) -> int:
        total = self._sequence()
        while self._peek() == "|":
            self._at += 1
            total += self._sequence()
        return total

    def _sequence(self) -> int:
        ways = 1
        while self._peek() not in ("", "|", ")"):
            ways = _bounded(ways * self._repeated(self._atom()))
        return ways

    def _repeated(self, inner: int) -> int:
        found = _REPETITION.match(self._text, self._at)
        if found is None:
            return inner
        self._at = found.end()
        if self._peek() in ("?", "+", "*"):
            raise ValueError("it has a repetition behind a repetition")
        least, most = _times(found)
        # With each number of repetitions, what is repeated has its own ways every time.
        return _bounded(sum(_bounded(inner**times) for times in range(least, most + 1)))

    def _atom(self) -> int:
        char = self._peek()
        self._at += 1
        if char == "(":
            return self._group()
        if char == "{":
            raise ValueError('it has a "{" that repeats nothing; write \\{ for the character')
        if char == "[":
            self._class()
        elif char == "\\":
            self._escape()
        return 1

    def _group(self) -> int:
        if self._text.startswith("?:", self._at):
            self._at += 2
        elif self._peek() == "?":
            raise ValueError('it has a group of a kind that is not for here, "(?…)"')
        ways = self._alternatives()
        self._at += 1
        return ways

    def _class(self) -> None:
        if self._peek() == "^":
            self._at += 1
        first = self._at
        while self._peek() != "]" or self._at == first:
            char = self._peek()
            if self._text[self._at : self._at + 2] in _SETS or char == "[":
                raise ValueError("it has a class of a kind that is not for here")
            self._at += 1
            if char == "\\":
                self._escape()
            elif not char:
                raise ValueError("it has a class that does not end")
        self._at += 1

    def _escape(self) -> None:
        if self._peek() not in _ESCAPES:
            raise ValueError(f'it has "\\{self._peek()}", which is not for here')
        self._at += 1

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]


def _times(found: re.Match[str]) -> tuple[int, int]:
    """Least and most repetitions."""
    if found[0] in ("*", "+", "?"):
        return int(found[0] == "+"), 1 if found[0] == "?" else LONGEST_NAME
    least = int(found[1])
    if found[2] is None:
        return least, least
    return least, int(found[3]) if found[3] else LONGEST_NAME


def _bounded(ways: int) -> int:
    """Enough is enough: numbers stay small."""
    return min(ways, MOST_WAYS + 1)
