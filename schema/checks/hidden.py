"""Which rules can never be reached, because earlier ones take all of their calls.

Simple cases, which are what happens: one earlier pattern that covers a later one altogether. Rules
that are hidden only by several others together are not found.
"""

from collections.abc import Iterator, Sequence

from schema.dialplan.index import PatternIndex, in_order
from schema.dialplan.pattern import ALPHABET, Pattern
from schema.models import Rule

_ANY = frozenset(ALPHABET)


def hidden_rules(parsed: Sequence[tuple[Rule, Sequence[Pattern]]]) -> Iterator[tuple[Rule, Rule]]:
    """Yield each hidden rule with the first one that hides it. `parsed` are enabled rules in order.

    Emergency rules come before all others and never hide each other: each is tried in turn. Rules
    for gateways' calls are asked apart.
    """
    parsed = [(rule, patterns) for rule, patterns in parsed if not rule.from_]
    in_turn = sorted(parsed, key=lambda item: item[0].type != "emergency")
    owned = [(rule, pattern) for rule, patterns in in_turn for pattern in patterns]
    index = PatternIndex([pattern for _, pattern in owned])
    places = {rule.rule: place for place, (rule, _) in enumerate(in_turn)}
    for rule, patterns in in_turn:
        if rule.type != "emergency" and patterns:
            covering = [_covering(index, owned, places, rule, pattern) for pattern in patterns]
            if None not in covering:
                yield rule, covering[0]  # type: ignore[misc]  # None was excluded


def _covering(
    index: PatternIndex,
    owned: Sequence[tuple[Rule, Pattern]],
    places: dict[str, int],
    rule: Rule,
    pattern: Pattern,
) -> Rule | None:
    """The first earlier rule that takes every call of a pattern. Only those that match an example
    of it are compared, so a plan of thousands of rules takes no time squared."""
    for place in in_order(index.matching(_example(pattern))):
        other, wider = owned[place]
        if places[other.rule] >= places[rule.rule]:
            return None
        if other.when in (None, rule.when) and covers(wider, pattern):
            return other
    return None


def _example(pattern: Pattern) -> str:
    number = "".join(symbol[-1] for symbol in pattern.symbols)
    return number + ("0" if pattern.tail == "." else "")


def covers(wider: Pattern, narrower: Pattern) -> bool:
    """Whether every number that `narrower` matches is matched by `wider`, too."""
    if not wider.tail:
        same = not narrower.tail and len(wider.symbols) == len(narrower.symbols)
        return same and _includes(wider, narrower)
    if _shortest(wider) > _shortest(narrower):
        return False
    return _includes(wider, narrower)


def _shortest(pattern: Pattern) -> int:
    return len(pattern.symbols) + (pattern.tail == ".")


def _includes(wider: Pattern, narrower: Pattern) -> bool:
    """Position by position; behind its symbols a pattern accepts anything."""
    for at, accepted in enumerate(wider.symbols):
        given = frozenset(narrower.symbols[at]) if at < len(narrower.symbols) else _ANY
        if not given <= frozenset(accepted):
            return False
    return True
