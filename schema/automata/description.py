"""A set of numbers as few patterns, the way somebody would have written it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from schema.automata.alphabet import ORDER
from schema.automata.dfa import Dfa
from schema.automata.notation import Tail, pattern_of
from schema.automata.walks import Edges, Graph
from schema.dialplan.pattern import Pattern

MOST_PIECES = 2_000
"""How many pieces of a set are looked at, in search of patterns that hold many of them."""


class Description(NamedTuple):
    """A set of numbers as patterns."""

    patterns: tuple[str, ...]
    """Shorter ones first. The empty text stands for the empty string."""
    complete: bool
    """Whether these are all of the set, or only the first patterns."""


def describe(numbers: Dfa, limit: int = 20) -> Description:
    """The set as patterns, exactly; the first `limit` of them when it takes more.

    A number may be in two of the patterns where that takes fewer of them: next to `911` one
    writes `9NXXXXXX`, and not three patterns that leave `9911` out.
    """
    pieces = _limited(_pieces(numbers), limit)
    widened = _limited(_widened(numbers), limit)
    if pieces.complete and (not widened.complete or _length(pieces) <= _length(widened)):
        return pieces
    return widened


def _limited(patterns: Iterable[Pattern | None], limit: int) -> Description:
    """None among the patterns: the rest is not known."""
    found = list(islice(patterns, limit + 1))
    texts = tuple(pattern.text for pattern in found[:limit] if pattern)
    return Description(texts, len(found) <= limit and None not in found)


def _length(description: Description) -> tuple[int, int]:
    return len(description.patterns), sum(map(len, description.patterns))


def _pieces(numbers: Dfa) -> Iterator[Pattern]:
    """Patterns of which no two match the same number: one for each walk through the automaton."""
    tails = _tails(numbers)
    dead = numbers.dead
    edges = [
        [] if tails.get(state) else _edges(following, dead)
        for state, following in enumerate(numbers.steps)
    ]
    for walk in Graph(edges).walks(0, tails):
        end = numbers.after("".join(accepted[0] for accepted in walk))
        yield pattern_of(walk, tails[end])


def _tails(numbers: Dfa) -> Mapping[int, Tail]:
    """For each state at which a pattern may end: how."""
    free = numbers.free
    tails: dict[int, Tail] = dict.fromkeys(sorted(numbers.accepting), "")
    for state, following in enumerate(numbers.steps):
        if set(following) == {free}:
            tails[state] = "!" if state == free else "."
    return tails


def _edges(following: Iterable[int], dead: int | None) -> Edges:
    """Characters that lead to the same state as one step."""
    targets: dict[int, str] = {}
    for character, target in zip(ORDER, following, strict=True):
        if target != dead:
            targets[target] = targets.get(target, "") + character
    return [(accepted, target) for target, accepted in targets.items()]


def _widened(numbers: Dfa) -> Iterator[Pattern | None]:
    """Pieces, each as wide as the set allows, without those that are in a wider one already."""
    tails = _tails(numbers)
    found: list[Pattern] = []
    for count, piece in enumerate(_pieces(numbers)):
        if count == MOST_PIECES:
            yield None
            return
        if not any(_holds(wide, piece) for wide in found):
            found.append(_as_wide_as_possible(numbers, tails, piece))
            yield found[-1]


def _holds(wide: Pattern, piece: Pattern) -> bool:
    """Whether a pattern obviously matches all that a piece does."""
    symbols, more = len(wide.symbols), len(piece.symbols) - len(wide.symbols)
    if more < 0 or (not wide.tail and (more or piece.tail)):
        return False
    if wide.tail == "." and not more and piece.tail != ".":
        return False
    pairs = zip(wide.symbols, piece.symbols[:symbols], strict=True)
    return all(set(narrow) <= set(accepted) for accepted, narrow in pairs)


def _as_wide_as_possible(numbers: Dfa, tails: Mapping[int, Tail], piece: Pattern) -> Pattern:
    """The piece with every character added, position after position, that stays in the set."""
    ends = {state for state, tail in tails.items() if tail in ("!", piece.tail)}
    ends = ends if piece.tail else set(numbers.accepting)
    symbols = list(piece.symbols)
    before = {0}
    for place, accepted in enumerate(piece.symbols):
        others = (character for character in ORDER if character not in accepted)
        rest = symbols[place + 1 :]
        symbols[place] += "".join(
            c for c in others if _followed(numbers, before, [c, *rest]) <= ends
        )
        before = _followed(numbers, before, [symbols[place]])
    return pattern_of(symbols, piece.tail)


def _followed(numbers: Dfa, states: set[int], symbols: Iterable[str]) -> set[int]:
    """All states to which what `symbols` accept leads."""
    for accepted in symbols:
        states = {numbers.after(character, state) for state in states for character in accepted}
    return states
