"""What going from one route table to another means, told for review."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from schema.automata import TooComplexError
from schema.dialplan.classes import Classes
from schema.dialplan.table import RouteTable
from schema.meaning.difference import Difference, Raw
from schema.meaning.inward import inward
from schema.meaning.kinds import in_order
from schema.meaning.outward import outward
from schema.meaning.pair import Pair
from schema.meaning.people import Names, callers_by
from schema.meaning.reached import reached
from schema.meaning.telling import told


@dataclass(frozen=True, slots=True)
class Meaning:
    """All differences, those about emergency calls first."""

    differences: tuple[Difference, ...]
    unknown: str = ""
    """Why it cannot be told; empty when it can."""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of calls that something changes about."""
        return frozenset(kind for each in self.differences for kind in each.kinds)

    def caught(self, kinds: Collection[str]) -> tuple[str, ...]:
        """Those of some kinds that change; all where that cannot be told."""
        return in_order(kinds if self.unknown else self.kinds.intersection(kinds))


def meaning_of(
    old: RouteTable, new: RouteTable, old_classes: Classes, new_classes: Classes
) -> Meaning:
    """The differences between two tables. Equal tables cost a comparison.

    Plans whose patterns overlap in more ways than can be listed are reported as `unknown`.
    """
    if old == new:
        return Meaning(())
    try:
        found = list(_differences(Pair(old, new), old_classes, new_classes))
    except TooComplexError as error:
        return Meaning((), f"too complex to tell: {error}")
    found.sort(key=lambda difference: "emergency" not in difference.kinds)
    return Meaning(tuple(found))


def _differences(pair: Pair, old_classes: Classes, new_classes: Classes) -> Iterator[Difference]:
    common = [id_ for id_ in pair.new.users if id_ in pair.old.users]
    names = Names(pair.new.users, common)
    for raw in sorted([*outward(pair), *inward(pair)], key=_matters):
        who = callers_by(raw.callers) if raw.inbound else names.of(raw.callers)
        difference = told(raw, who, old_classes, new_classes)
        yield from [difference] if difference is not None else []
    yield from reached(pair, old_classes, new_classes)


def _matters(raw: Raw) -> bool:
    """What was refused and still is comes last."""
    return raw.parts[0].found.was.refused and raw.parts[0].found.now.refused
