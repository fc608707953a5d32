"""One entry as an import wants it: what there is, what changes, and how that becomes edits.

A list changes item by item: what a person added to it stays. May know: plain values, ownership.
May not: other entries.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.blame import Entry, Item, Leaf
from sync.blame.values import ONE_OR_MORE, spelled
from sync.importing.ownership import Behind, Behinds
from sync.writeback import ABSENT, Edit, Put
from sync.writeback.edits import Remove
from sync.writeback.rewrite import same

Slot = tuple[str, ...]
"""The path of a value in an entry; lists are values."""

IN_ORDER = frozenset({"lines"})
"""Lists whose order means something."""


@dataclass
class Draft:
    """An entry, `present` as the tree has it (None: new), and its wanted values by slot.

    A value that is None is to go. `origin` says where it is wanted, for messages.
    """

    entry: Entry
    present: Mapping[str, Any] | None
    wanted: dict[Slot, Any]
    origin: str
    changes: dict[Slot, Any] = field(default_factory=dict)
    """New values, ABSENT for none; once they are decided."""

    @property
    def is_new(self) -> bool:
        return self.present is None

    def now(self, slot: Slot) -> Any:
        """The value of a slot in the tree; ABSENT for none."""
        value: Any = self.present or {}
        for step in slot:
            if not isinstance(value, Mapping) or step not in value:
                return ABSENT
            value = value[step]
        return value

    def then(self, slot: Slot) -> Any:
        """The value that a slot will have."""
        return self.changes.get(slot, self.now(slot))

    def questions(self) -> Iterator[Leaf]:
        """The leaves whose owner decides."""
        if self.is_new:
            yield ()
            return
        for slot, value in self.wanted.items():
            now = self.now(slot)
            if is_list(slot, value, now):
                added, dropped = differing(now, value)
                yield from (leaf_of(slot, item) for item in (*added, *dropped))
            elif not is_wanted(now, value):
                yield slot

    def change(self, slot: Slot, value: Any) -> None:
        """Decide on a slot's new value; the one that there is is no change."""
        if same(self.now(slot), value) or (value is ABSENT and self.now(slot) is ABSENT):
            self.changes.pop(slot, None)
        else:
            self.changes[slot] = value

    def edits(self) -> Iterator[Edit]:
        """What is to be written."""
        if self.is_new:
            yield Put(self.entry, nested(self.changes), expected=ABSENT)
            return
        for slot, value in self.changes.items():
            path = (*self.entry, *slot)
            if value is ABSENT:
                yield Remove(path, expected=self.now(slot))
            else:
                yield Put(path, value, expected=self.now(slot))


def is_list(slot: Slot, *values: Any) -> bool:
    """Whether a slot is changed item by item."""
    return slot[-1] in ONE_OR_MORE or any(isinstance(value, list | tuple) for value in values)


def listed(value: Any) -> list[Any]:
    """A list, its only item, or nothing, as a list."""
    if value is None or value is ABSENT:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def differing(now: Any, wanted: Any) -> tuple[list[Any], list[Any]]:
    """Items that are wanted and not there, and items that are there and not wanted."""
    here, there = listed(now), listed(wanted)
    known, asked = set(map(spelled, here)), set(map(spelled, there))
    added = [item for item in there if spelled(item) not in known]
    return added, [item for item in here if spelled(item) not in asked]


def leaf_of(slot: Slot, item: Any) -> Leaf:
    """The leaf of an item of a list."""
    return (*slot, Item(spelled(item)))


def is_wanted(now: Any, wanted: Any) -> bool:
    """Whether a slot is as it should be."""
    return now is ABSENT if wanted is None else same(now, wanted)


def nested(changes: Mapping[Slot, Any]) -> dict[str, Any]:
    """Values by slot as the mapping of a new entry."""
    found: dict[str, Any] = {}
    for slot, value in changes.items():
        if value is ABSENT:
            continue
        at = found
        for step in slot[:-1]:
            at = at.setdefault(step, {})
        at[slot[-1]] = value
    return found


@dataclass(frozen=True)
class Refusal:
    """A wanted value that was left out, because of the one who is `behind` what there is."""

    slot: Slot
    wanted: Any
    now: Any
    behind: Behind


def decide(draft: Draft, behinds: Behinds, takes: frozenset[Slot]) -> Iterator[Refusal]:
    """Fill in a draft's changes by who owns what. `takes`: slots that are handed over."""
    for slot, value in draft.wanted.items():
        if draft.is_new:
            if value is not None:
                draft.changes[slot] = value
        elif is_list(slot, value, draft.now(slot)):
            yield from _decide_list(draft, slot, value, behinds, slot in takes)
        elif not is_wanted(draft.now(slot), value):
            yield from _decide_value(draft, slot, value, behinds, slot in takes)


def _decide_value(
    draft: Draft, slot: Slot, value: Any, behinds: Behinds, taken: bool
) -> Iterator[Refusal]:
    behind, now = behinds.get((draft.entry, slot)), draft.now(slot)
    ours = taken or behind is None or behind.ours
    if ours:
        draft.change(slot, ABSENT if value is None else value)
    elif value is not None and behind is not None:
        yield Refusal(slot, value, now, behind)


def _decide_list(
    draft: Draft, slot: Slot, value: Any, behinds: Behinds, taken: bool
) -> Iterator[Refusal]:
    """What people added stays behind what is wanted; what they took away stays away."""
    now = listed(draft.now(slot))
    added, dropped = differing(now, value)
    kept, refused = list(now), []
    for item in dropped:
        behind = behinds.get((draft.entry, leaf_of(slot, item)))
        if taken or (behind is not None and behind.ours):
            kept.remove(item)
    for item in added:
        behind = behinds.get((draft.entry, leaf_of(slot, item)))
        if taken or behind is None or behind.ours:
            kept.append(item)
        else:
            refused.append(Refusal(slot, item, ABSENT, behind))
    if slot[-1] in IN_ORDER and not differing(kept, value)[0] and len(kept) == len(listed(value)):
        kept = listed(value)
    if kept != now:
        draft.change(slot, written(slot, kept, draft.now(slot)))
    yield from refused


def written(slot: Slot, items: list[Any], now: Any) -> Any:
    """A list as the tree has it: one DID stands alone, unless it stood in a list before."""
    if not items:
        return ABSENT
    alone = slot[-1] in ONE_OR_MORE and len(items) == 1 and not isinstance(now, list | tuple)
    return items[0] if alone else items
