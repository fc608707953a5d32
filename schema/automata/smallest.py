"""The smallest automaton that accepts the same strings.

Automata of patterns run forward only, until they stay where they are. There the states are merged
from the ends on, in one pass: two are the same when both or neither accept and the same follow.
Where numbers have been appended to, automata run in circles; there all states begin as the same
and are told apart until nothing changes any more (Moore 1956), which takes a pass for each
character that it may take to tell two states apart.
"""

from collections.abc import Collection, Sequence
from graphlib import CycleError, TopologicalSorter

Steps = Sequence[Sequence[int]]

_NEVER_LEFT = -1
"""Stands for the class of a state that always leads to itself, and of whatever equals it."""


def smallest(
    steps: Steps, accepting: Collection[int]
) -> tuple[tuple[tuple[int, ...], ...], frozenset[int]]:
    """Steps and accepting states of the smallest automaton, numbered breadth first from state 0."""
    classes = _merged_from_the_ends(steps, accepting) or _told_apart(steps, accepting)
    members: dict[int, int] = {}
    for state, class_ in enumerate(classes):
        members.setdefault(class_, state)
    numbers = {classes[0]: 0}
    found: list[tuple[int, ...]] = []
    for class_ in (order := [classes[0]]):
        targets = [classes[target] for target in steps[members[class_]]]
        for target in targets:
            if target not in numbers:
                numbers[target] = len(order)
                order.append(target)
        found.append(tuple([numbers[target] for target in targets]))
    ends = frozenset(numbers[classes[state]] for state in accepting if classes[state] in numbers)
    return tuple(found), ends


def backwards(steps: Steps, states: Collection[int]) -> list[int] | None:
    """`states`, each behind those that follow it, ones that never leave first; None: a circle."""
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for state in states:
        following = {target: None for target in steps[state] if target in states}
        if following.keys() == {state} and len(set(steps[state])) == 1:
            following = {}
        sorter.add(state, *following)
    try:
        return list(sorter.static_order())
    except CycleError:
        return None


def _merged_from_the_ends(steps: Steps, accepting: Collection[int]) -> list[int] | None:
    order = backwards(steps, range(len(steps)))
    if order is None:
        return None
    classes = [_NEVER_LEFT] * len(steps)
    known: dict[tuple[bool, int | tuple[int, ...]], int] = {}
    final: set[tuple[bool, int]] = set()
    for state in order:
        accepts = state in accepting
        following = tuple([classes[target] for target in steps[state]])
        same = following.count(following[0]) == len(following)
        if same and (following[0] == _NEVER_LEFT or (accepts, following[0]) in final):
            key: tuple[bool, int | tuple[int, ...]] = (accepts, _NEVER_LEFT)
        else:
            key = (accepts, following)
        classes[state] = known.setdefault(key, len(known))
        if key[1] == _NEVER_LEFT:
            final.add((accepts, classes[state]))
    return classes


def _told_apart(steps: Steps, accepting: Collection[int]) -> list[int]:
    classes = [int(state in accepting) for state in range(len(steps))]
    count = len(set(classes))
    while True:
        known: dict[tuple[int, ...], int] = {}
        keys = (
            (classes[state], *[classes[target] for target in following])
            for state, following in enumerate(steps)
        )
        classes = [known.setdefault(key, len(known)) for key in keys]
        if len(known) == count:
            return classes
        count = len(known)
