"""Differences of atoms and of single numbers are put together, to be told once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from schema.automata import Dfa
from schema.dialplan.numbering import Numbering
from schema.meaning.behaviour import Behaviour
from schema.meaning.difference import Found, Part, Raw
from schema.meaning.space import Space
from schema.meaning.writing import agreement


@dataclass(frozen=True, slots=True)
class Sides:
    """Who calls, and how numbers are written where they are, before and now."""

    callers: frozenset[str]
    old: Numbering
    new: Numbering
    inbound: bool = False


def merged(differences: Iterable[Raw]) -> list[Raw]:
    """Those who notice the same are put together."""
    found: dict[tuple[object, ...], Raw] = {}
    for raw in differences:
        known = found.get(raw.meaning)
        if known is not None:
            parts = dict.fromkeys((*known.parts, *raw.parts))
            raw = replace(known, callers=known.callers | raw.callers, parts=tuple(parts))
        found[raw.meaning] = raw
    return list(found.values())


def of_space(sides: Sides, space: Space, differences: Iterable[Found]) -> Iterator[Raw]:
    """What was found for atoms."""
    for alike in _told_together(differences).values():
        written: dict[tuple[object, ...], list[Found]] = defaultdict(list)
        for found in alike:
            written[found.was.writing, found.now.writing].append(found)
        parts = [
            Part(
                each[0],
                space.numbers(frozenset().union(*(f.labels for f in each))),
                sides.old,
                sides.new,
            )
            for each in written.values()
        ]
        yield from _raw(sides, parts, space.owned)


def of_numbers(sides: Sides, differences: Mapping[str, Sequence[Found]]) -> Iterator[Raw]:
    """What was found for single numbers."""
    found: dict[tuple[object, ...], dict[Found, list[str]]] = defaultdict(dict)
    for number, each in differences.items():
        for difference in each:
            found[difference.told].setdefault(difference, []).append(number)
    for alike in found.values():
        parts = [
            Part(each, Dfa.of_literals(numbers), sides.old, sides.new)
            for each, numbers in alike.items()
        ]
        yield from _raw(sides, parts, frozenset())


def _told_together(differences: Iterable[Found]) -> dict[tuple[object, ...], list[Found]]:
    found: dict[tuple[object, ...], list[Found]] = defaultdict(list)
    for each in differences:
        found[each.told].append(each)
    return found


def _raw(sides: Sides, parts: Sequence[Part], owned: frozenset[str]) -> Iterator[Raw]:
    changing = []
    for part in parts:
        left = part.numbers - _unchanged(part.found.was, part.found.now)
        changing += [replace(part, numbers=left)] if left else []
    every = Dfa.nothing()
    for part in changing:
        every |= part.numbers
    if every:
        but = frozenset(number for number in owned if number in every)
        yield Raw(sides.callers, every, but, tuple(changing), sides.inbound)


def _unchanged(was: Behaviour, now: Behaviour) -> Dfa:
    """Numbers for which two behaviours that differ come to the same."""
    if was.plainly != now.plainly:
        return Dfa.nothing()
    same = agreement(was.writing, now.writing) if was.writing and now.writing else Dfa.numbers()
    for mine, theirs in zip(was.ways, now.ways, strict=True):
        same &= agreement(mine.writing, theirs.writing)
    return same
