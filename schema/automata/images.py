"""Sets of numbers after a change of each number, and before it.

For each change there are two functions: the set of what comes out (`dropped`), and the set of what
may have gone in (`before_drop`). Numbers that are too short are treated as Python's slices treat
them. All may raise TooComplexError; `before_last` does for large sets of long numbers.
"""

from collections.abc import Iterable, Iterator

from schema.automata.alphabet import ORDER, PLACES
from schema.automata.dfa import Dfa

_ENDED = -1
"""A state at which a number is complete, and may not go on."""


def dropped(numbers: Dfa, count: int) -> Dfa:
    """number[count:]"""
    dead = numbers.dead
    current, short = {0}, False
    for _ in range(count):
        short = short or not numbers.accepting.isdisjoint(current)
        current = {target for state in current for target in numbers.steps[state]}
    start = frozenset(current - {dead} | ({_ENDED} if short else set()))

    def follow(states: frozenset[int]) -> Iterator[frozenset[int]]:
        return _all_followed(numbers, states, dead)

    return Dfa.explored(
        start, follow, lambda states: _ENDED in states or not numbers.accepting.isdisjoint(states)
    )


def before_drop(numbers: Dfa, count: int) -> Dfa:
    """All for which number[count:] is in the set."""
    ahead = [(place + 1,) * len(ORDER) for place in range(count)]
    steps = [tuple(target + count for target in following) for following in numbers.steps]
    ends = {state + count for state in numbers.accepting}
    short = range(count) if 0 in numbers.accepting else ()
    return Dfa.smallest([*ahead, *steps], ends.union(short))


def taken(numbers: Dfa, count: int) -> Dfa:
    """number[:count]"""
    dead, over = numbers.dead, (count + 1, _ENDED)

    def follow(at: tuple[int, int]) -> Iterable[tuple[int, int]]:
        depth, state = at
        if depth >= count:
            return [over] * len(ORDER)
        return ((depth + 1, target) for target in numbers.steps[state])

    def accepts(at: tuple[int, int]) -> bool:
        depth, state = at
        return state in numbers.accepting or (depth == count and state != dead)

    return Dfa.explored((0, 0), follow, accepts)


def before_take(numbers: Dfa, count: int) -> Dfa:
    """All for which number[:count] is in the set."""

    def follow(at: tuple[int, int]) -> Iterable[tuple[int, int]]:
        depth, state = at
        if depth == count:
            return [at] * len(ORDER)
        return ((depth + 1, target) for target in numbers.steps[state])

    return Dfa.explored((0, 0), follow, lambda at: at[1] in numbers.accepting)


def last(numbers: Dfa, count: int) -> Dfa:
    """number[-count:], which is all of a number that is shorter."""
    dead = numbers.dead
    over = (count + 1, frozenset[int](), _ENDED)
    anywhere = frozenset(range(len(numbers.steps))) - {dead}

    def follow(at: tuple[int, frozenset[int], int]) -> Iterator[tuple[int, frozenset[int], int]]:
        depth, states, state = at
        if depth >= count:
            return iter([over] * len(ORDER))
        whole = numbers.steps[state]
        parts = _all_followed(numbers, states, dead)
        return ((depth + 1, part, target) for part, target in zip(parts, whole, strict=True))

    def accepts(at: tuple[int, frozenset[int], int]) -> bool:
        depth, states, state = at
        if depth == count:
            return not numbers.accepting.isdisjoint(states)
        return state in numbers.accepting

    return Dfa.explored((0, anywhere, 0), follow, accepts)


def before_last(numbers: Dfa, count: int) -> Dfa:
    """All for which number[-count:] is in the set."""

    def follow(runs: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        for place in range(len(ORDER)):
            yield (0, *[numbers.steps[state][place] for state in runs[:count]])

    # Place n of a state: where the last n characters lead. The last place has all that count.
    start: tuple[int, ...] = (0,)
    return Dfa.explored(start, follow, lambda runs: runs[-1] in numbers.accepting)


def prepended(numbers: Dfa, text: str) -> Dfa:
    """text + number"""
    dead = len(text) + len(numbers.steps)
    steps: list[list[int]] = []
    for place, character in enumerate(text):
        steps.append([dead] * len(ORDER))
        steps[-1][PLACES[character]] = place + 1
    steps += ([target + len(text) for target in following] for following in numbers.steps)
    return Dfa.smallest(
        [*steps, [dead] * len(ORDER)], {state + len(text) for state in numbers.accepting}
    )


def before_prepend(numbers: Dfa, text: str) -> Dfa:
    """All for which text + number is in the set."""
    start = numbers.after(text)
    return Dfa.explored(
        start, lambda state: numbers.steps[state], lambda state: state in numbers.accepting
    )


def appended(numbers: Dfa, text: str) -> Dfa:
    """number + text"""

    def reached(state: int, read: Iterable[int]) -> tuple[int, frozenset[int]]:
        return state, frozenset([*read, 0] if state in numbers.accepting else read)

    def follow(at: tuple[int, frozenset[int]]) -> Iterator[tuple[int, frozenset[int]]]:
        state, read = at
        for character, target in zip(ORDER, numbers.steps[state], strict=True):
            yield reached(target, [n + 1 for n in read if text[n : n + 1] == character])

    # A state: where the number leads, and how much of `text` may have been read behind it.
    return Dfa.explored(reached(0, ()), follow, lambda at: len(text) in at[1])


def before_append(numbers: Dfa, text: str) -> Dfa:
    """All for which number + text is in the set."""
    states = range(len(numbers.steps))
    ends = {state for state in states if numbers.after(text, state) in numbers.accepting}
    return Dfa.smallest(numbers.steps, ends)


def _all_followed(
    numbers: Dfa, states: frozenset[int], dead: int | None
) -> Iterator[frozenset[int]]:
    """For each character where it leads from any of `states`."""
    alive = [numbers.steps[state] for state in states if state != _ENDED]
    for place in range(len(ORDER)):
        yield frozenset(following[place] for following in alive) - {dead}
