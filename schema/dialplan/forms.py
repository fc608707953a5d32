"""Sets of numbers as lists of forms: what a pattern says, in a shape that can be computed with.

A form gives, position by position, the characters that may stand there, and whether anything may
follow. Knows the regular expressions of numbering plans (digits, `\\d`, classes, groups,
alternatives, `?`, `{2}`, `{2,5}`) and Asterisk's notation, and turns the first into the second
exactly. Standard library only.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from schema.dialplan.pattern import ALPHABET, parse_pattern

ANY = (1 << len(ALPHABET)) - 1
"""Every character that a number can have. Sets of characters are integers, as in an index."""
_BIT = {character: 1 << place for place, character in enumerate(ALPHABET)}
DIGIT = ANY & ~(_BIT["+"] | _BIT["*"] | _BIT["#"])
_NAMED = {DIGIT: "X", DIGIT & ~_BIT["0"]: "Z", DIGIT & ~_BIT["0"] & ~_BIT["1"]: "N"}


class Form(NamedTuple):
    """Numbers of one form."""

    symbols: tuple[int, ...]
    more: bool = False
    """Whether any characters may follow, or none."""


def literal(text: str) -> Form:
    """The one number `text`."""
    return Form(tuple(_BIT[character] for character in text))


def of_pattern(text: str) -> Form:
    """The numbers that an Asterisk pattern matches. PatternError."""
    pattern = parse_pattern(text)
    symbols = tuple(sum(_BIT[character] for character in symbol) for symbol in pattern.symbols)
    return Form((*symbols, ANY) if pattern.tail == "." else symbols, bool(pattern.tail))


def notation(form: Form) -> str:
    """The Asterisk pattern of a form."""
    if form.more and form.symbols and form.symbols[-1] == ANY:
        return "".join(map(_symbol, form.symbols[:-1])) + "."
    return "".join(map(_symbol, form.symbols)) + ("!" if form.more else "")


@lru_cache(maxsize=ANY + 1)
def _symbol(characters: int) -> str:
    if characters in _NAMED:
        return _NAMED[characters]
    members = [character for character in ALPHABET if _BIT[character] & characters]
    return members[0] if len(members) == 1 else f"[{''.join(_ranges(members))}]"


def _ranges(members: Sequence[str]) -> Iterator[str]:
    """Three digits in a row and more are written as a range, the rest one by one."""
    run = ""
    for character in [*members, ""]:
        if run and character.isdigit() and run[-1].isdigit() and int(character) == int(run[-1]) + 1:
            run += character
            continue
        yield f"{run[0]}-{run[-1]}" if len(run) > 2 else run
        run = character


def joined(first: Iterable[Form], second: Iterable[Form]) -> list[Form]:
    """Each of `first`, none of which goes on, followed by each of `second`."""
    behind = list(second)
    return [Form(a.symbols + b.symbols, b.more) for a in first for b in behind]


def common(first: Iterable[Form], second: Iterable[Form]) -> list[Form]:
    """The numbers that both have."""
    others = list(second)
    return merged(form for a in first for b in others for form in _common(a, b))


def _common(a: Form, b: Form) -> Iterator[Form]:
    length = max(len(a.symbols), len(b.symbols))
    if (len(a.symbols) < length and not a.more) or (len(b.symbols) < length and not b.more):
        return
    both = zip(_filled(a, length), _filled(b, length), strict=True)
    symbols = tuple(x & y for x, y in both)
    if all(symbols):
        yield Form(symbols, a.more and b.more)


def _filled(form: Form, length: int) -> tuple[int, ...]:
    return form.symbols + (ANY,) * (length - len(form.symbols))


def without(forms: Iterable[Form], taken: Iterable[Form]) -> list[Form]:
    """The numbers of `forms` that are not among `taken`."""
    left = list(forms)
    for other in taken:
        left = [piece for form in left for piece in _without(form, other)]
    return merged(left)


def _without(form: Form, other: Form) -> Iterator[Form]:
    """Pieces of `form`, no two with a number in common: at each position, those that differ from
    `other` there and nowhere before; then those that are shorter or longer than it."""
    if not any(_common(form, other)):
        yield form
        return
    shared: tuple[int, ...] = ()
    for at, accepted in enumerate(other.symbols):
        if at >= len(form.symbols):
            yield Form(shared)  # it goes on, or they would have nothing in common
        own = form.symbols[at] if at < len(form.symbols) else ANY
        if own & ~accepted:
            yield Form((*shared, own & ~accepted, *form.symbols[at + 1 :]), form.more)
        shared = (*shared, own & accepted)
    if not other.more and form.more:
        yield Form((*shared, ANY), more=True)


def after(forms: Iterable[Form], digits: str) -> list[Form]:
    """What follows `digits` in the numbers that begin with them."""
    begun = common(forms, [literal(digits)._replace(more=True)])
    return merged(form._replace(symbols=form.symbols[len(digits) :]) for form in begun)


def merged(forms: Iterable[Form]) -> list[Form]:
    """The same numbers in fewer forms: those that differ in one position become one."""
    found = list(dict.fromkeys(forms))
    longest = max((len(form.symbols) for form in found), default=0)
    before = len(found) + 1
    while len(found) < before:
        before = len(found)
        for place in range(longest - 1, -1, -1):
            found = _merged_at(found, place)
    return found


def _merged_at(forms: Iterable[Form], place: int) -> list[Form]:
    unions: dict[object, int] = {}
    for form in forms:
        symbols = form.symbols
        if place >= len(symbols):
            unions[form] = 0
            continue
        rest = (symbols[:place], symbols[place + 1 :], form.more)
        unions[rest] = unions.get(rest, 0) | symbols[place]
    return [
        rest if isinstance(rest, Form) else Form((*rest[0], union, *rest[1]), rest[2])  # type: ignore[index]
        for rest, union in unions.items()
    ]


def of_expression(expression: str) -> list[Form]:
    """All numbers that a regular expression of a numbering plan matches.

    ValueError for an expression with anything but digits, classes, groups and repetitions.
    """
    reader = _Expression(expression)
    forms = reader.alternatives()
    if reader.at != len(expression):
        raise ValueError(f"{expression!r} cannot be read from {reader.at} on")
    return forms


class _Expression:
    """Reads one expression from the left."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def alternatives(self) -> list[Form]:
        forms = self._sequence()
        while self._next(r"\|"):
            forms += self._sequence()
        return merged(forms)

    def _sequence(self) -> list[Form]:
        forms = [Form(())]
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            least, most, item = self._repeated()
            powers: list[Form] = []
            power = [Form(())]
            for times in range(most + 1):
                powers += power if times >= least else ()
                power = joined(power, item)
            forms = joined(forms, powers)
        return forms

    def _repeated(self) -> tuple[int, int, list[Form]]:
        item = self._item()
        if self._next(r"\?"):
            return 0, 1, item
        if found := self._next(r"\{([0-9]+)(?:,([0-9]+))?\}"):
            return int(found[1]), int(found[2] or found[1]), item
        return 1, 1, item

    def _item(self) -> list[Form]:
        if found := self._next("[0-9]"):
            return [literal(found[0])]
        if self._next(r"\\d"):
            return [Form((DIGIT,))]
        if found := self._next(r"\[[0-9-]+\]"):
            return [of_pattern(found[0])]
        if self._next(r"\(\?:"):
            forms = self.alternatives()
            if self._next(r"\)"):
                return forms
        raise ValueError(f"{self.text!r} cannot be read from {self.at} on")

    def _next(self, wanted: str) -> re.Match[str] | None:
        found = _compiled(wanted)(self.text, self.at)
        self.at = found.end() if found else self.at
        return found


@lru_cache
def _compiled(wanted: str) -> Callable[[str, int], re.Match[str] | None]:
    return re.compile(wanted).match
