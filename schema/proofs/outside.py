"""The digits that people dial for an outside line, read off the rules that take them away."""

from collections.abc import Iterable, Iterator

from schema.dialplan.numbering import Numbering
from schema.dialplan.pattern import Pattern, parse_pattern
from schema.dialplan.rows import RuleEntry
from schema.dialplan.template import parse_template

LONGEST = 4
"""Of the digits for an outside line."""
_OUTWARD = ("local", "long_distance", "mobile", "international", "toll_free", "premium")
_WHOLE_NUMBER = 8
"""A rule of another type is about telephone numbers, too, when it takes so many digits."""


def outside_digits(rules: Iterable[RuleEntry], numbering: Numbering) -> tuple[str, ...]:
    """What is dialled before a number for it to leave, such as 9; the trunk prefix is none."""
    found: dict[str, None] = {}
    for rule in rules:
        if rule.via and not rule.emergency:
            found.update(dict.fromkeys(_of_rule(rule, numbering)))
    return tuple(found)


def _of_rule(rule: RuleEntry, numbering: Numbering) -> Iterator[str]:
    for pattern in map(parse_pattern, rule.patterns):
        number = _example(pattern)
        if rule.type in _OUTWARD or len(number) >= _WHOLE_NUMBER:
            digits = _before(rule, number, pattern, numbering)
            if digits:
                yield digits


def _before(rule: RuleEntry, number: str, pattern: Pattern, numbering: Numbering) -> str:
    """The first digits that are all that tells the number dialled from the number that is meant."""
    leaves = rule.transform(number, numbering)
    literal = [len(accepted) == 1 for accepted in pattern.symbols[:LONGEST]]
    fixed = literal.index(False) if False in literal else len(literal)
    for length in range(fixed + 1):
        if _means(leaves, number[length:], length == _stripped(rule), numbering):
            return number[:length]
    return ""


def _means(leaves: str, number: str, rest: bool, numbering: Numbering) -> bool:
    """Whether a number leaves as what it means at its place, with an area put before it or not."""
    if leaves in (number, numbering.e164(number)):
        return True
    return rest and leaves.startswith(f"+{numbering.country_code}") and leaves.endswith(number)


def _stripped(rule: RuleEntry) -> int:
    return rule.strip if rule.dial is None else max(0, parse_template(rule.dial).start)


def _example(pattern: Pattern) -> str:
    """A number of a pattern, of digits that are no prefix of anything where there is a choice."""
    return "".join(symbol[-1] for symbol in pattern.symbols) + ("5" if pattern.tail else "")
