"""Rules that overlap in part, so that their order alone decides who may call.

An exception before the general rule is how plans are written. The other way round, a general rule
first, part of the exception is lost (hidden altogether it is told by order.py). So what is told is
a later pattern that is no wider than an earlier one, overlaps with it without lying within it, and
stands for other permissions. Patterns with a tail are not compared: what is narrower would be a
matter of taste.
"""

from collections.abc import Iterator
from math import prod

from schema.automata import Atom
from schema.dialplan.index import in_order
from schema.dialplan.pattern import Pattern
from schema.dialplan.rows import RuleEntry
from schema.proofs.finding import Finding
from schema.proofs.reading import Reading
from schema.proofs.subject import Subject

Pair = tuple[RuleEntry, RuleEntry]


def prove_unambiguous(subject: Subject) -> Iterator[Finding]:
    """Each pair of rules once, with the first number that goes by the wider one."""
    told: set[Pair] = set()
    for atom in subject.reading:
        for wider, narrower, place in _overlapping(subject.reading, atom):
            if (wider, narrower) not in told:
                number = subject.reading.nobodys(atom)
                if number is not None:
                    told.add((wider, narrower))
                    yield _finding(wider, narrower, place, number)


def _overlapping(reading: Reading, atom: Atom) -> Iterator[tuple[RuleEntry, RuleEntry, int]]:
    """The rule that decides about an atom, later ones that are narrower, and which pattern is."""
    rules = reading.rules
    chain = reading.chain(atom)
    if chain.emergency or len(chain.ordinary) != 1 or chain.ordinary[0].when is not None:
        return
    wider = chain.ordinary[0]
    matching = [(rules.rules[rules.owners[p]], p) for p in in_order(atom.patterns)]
    first = [rules.patterns[p] for rule, p in matching if rule is wider]
    for rule, p in matching:
        if rule is wider or rule.when is not None or rule.permissions == wider.permissions:
            continue
        if any(_loses(rules.patterns[p], earlier) for earlier in first):
            start = rules.owners.index(rules.owners[p])
            yield wider, rule, p - start


def _loses(narrower: Pattern, wider: Pattern) -> bool:
    """Whether a pattern is no wider than another with which it overlaps, and not within it."""
    if narrower.tail or wider.tail or _size(narrower) > _size(wider):
        return False
    pairs = list(zip(narrower.symbols, wider.symbols, strict=True))
    within = all(set(mine) <= set(others) for mine, others in pairs)
    around = all(set(others) <= set(mine) for mine, others in pairs)
    return not within and not around


def _size(pattern: Pattern) -> int:
    return prod(map(len, pattern.symbols))


def _finding(wider: RuleEntry, narrower: RuleEntry, place: int, number: str) -> Finding:
    one = len(narrower.patterns) == 1
    return Finding(
        "PBX1605",
        f'{number} goes by the rule "{wider.name}", although "{narrower.name}" is no wider and '
        "takes it as well",
        ("dialplan", narrower.name, "match")
        if one
        else ("dialplan", narrower.name, "match", place),
        f'let their patterns not overlap; if "{narrower.name}" is the narrower one, move it before '
        f'"{wider.name}"',
        ((f'"{wider.name}" takes it first', ("dialplan", wider.name, "match")),),
        number,
    )
