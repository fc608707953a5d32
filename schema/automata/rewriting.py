"""What a rule makes of all the numbers of a set, and which numbers it makes into those of a set.

What it makes of one number is schema.dialplan.template; `strip` and `prepend` of a rule are
`Template(prepend, "", strip)`.
"""

from collections.abc import Iterator

from schema.automata import images
from schema.automata.dfa import Dfa
from schema.automata.notation import Tail, pattern_of
from schema.dialplan.pattern import ALPHABET, Pattern
from schema.dialplan.template import Template

Shape = tuple[tuple[str, ...], Tail]
"""Symbols and tail of a pattern that may also match the empty string alone."""

_EVERYTHING = pattern_of((), "!")


def image(numbers: Dfa, template: Template) -> Dfa:
    """All that comes out for some number of a set."""
    if template.constant:
        return Dfa.of_literals([template.before] if numbers else [])
    kept = images.appended(_kept(numbers, template), template.after)
    return images.prepended(kept, template.before)


def preimage(numbers: Dfa, template: Template) -> Dfa:
    """All for which what comes out is in a set; the empty string may be among them."""
    if template.constant:
        return ~Dfa.nothing() if template.before in numbers else Dfa.nothing()
    kept = images.before_append(images.before_prepend(numbers, template.before), template.after)
    if template.start < 0:
        return images.before_last(kept, -template.start)
    kept = kept if template.length is None else images.before_take(kept, template.length)
    return images.before_drop(kept, template.start)


def preimage_patterns(pattern: Pattern, template: Template) -> tuple[Pattern, ...] | None:
    """Patterns of the numbers for which `pattern` matches what comes out; costs next to nothing.

    None where no patterns can say it: what is kept is at the end, behind any characters.
    """
    if template.constant:
        return (_EVERYTHING,) if pattern.matches(template.before) else ()
    if template.start < 0:
        return None
    shapes = _without_end(_without_beginning(pattern, template.before), template.after)
    if template.length is not None:
        shapes = _longer(shapes, template.length)
    found = dict.fromkeys(shape for s in shapes for shape in _behind_any(s, template.start))
    return tuple(pattern_of(symbols, tail) for symbols, tail in found if symbols or tail)


def _kept(numbers: Dfa, template: Template) -> Dfa:
    """The part of each number that stands between `before` and `after`."""
    if template.start < 0:
        return images.last(numbers, -template.start)
    behind = images.dropped(numbers, template.start)
    return behind if template.length is None else images.taken(behind, template.length)


def _without_beginning(pattern: Pattern, text: str) -> Shape | None:
    """What a pattern asks for behind `text`; None when it does not begin with it."""
    symbols, tail = pattern.symbols, pattern.tail
    if not all(c in accepted for c, accepted in zip(text, symbols, strict=False)):
        return None
    if len(text) <= len(symbols):
        return symbols[len(text) :], tail
    return ((), "!") if tail else None


def _without_end(shape: Shape | None, text: str) -> Iterator[Shape]:
    """What is asked for before `text`."""
    if shape is None:
        return
    symbols, tail = shape
    if not text:
        yield shape
        return
    if tail:
        yield symbols, "!"
    for length, rest in ((n, symbols[n:]) for n in range(len(symbols) + 1)):
        asked = len(rest) + (tail == ".")
        fits = bool(rest) and asked <= len(text) if tail else asked == len(text)
        if fits and all(c in accepted for c, accepted in zip(text, rest, strict=False)):
            yield symbols[:length], ""


def _longer(shapes: Iterator[Shape], length: int) -> Iterator[Shape]:
    """What is asked for when only the first `length` characters are looked at."""
    for symbols, tail in shapes:
        if len(symbols) + (tail == ".") <= length:
            yield symbols, "!" if len(symbols) == length else tail


def _behind_any(shape: Shape, count: int) -> Iterator[Shape]:
    """What is asked for when the first `count` characters are not looked at."""
    symbols, tail = shape
    if symbols or tail == ".":
        yield (ALPHABET,) * count + symbols, tail
    elif tail:
        yield shape
    else:  # a number that is too short leaves as little as one that is just long enough
        yield from (((ALPHABET,) * length, "") for length in range(count + 1))
