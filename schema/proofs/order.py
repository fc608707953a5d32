"""Whether each rule decides about some number at some moment, or others always come first.

A rule is hidden when, for each number that it matches, at each moment at which it is open, the
number is somebody's inside or an earlier rule that matches it is open, too. It takes several others
together to hide some rules, and some hide others only because of their hours.
"""

from collections.abc import Iterator, Sequence

from schema.automata import Atom
from schema.dialplan.rows import RuleEntry
from schema.dialplan.table import RuleSet
from schema.proofs.finding import Finding, Place
from schema.proofs.reading import Reading
from schema.proofs.subject import MayDecide, Subject

MOST = 3
"""Rules that are named as hiding another."""

Hider = RuleEntry | str
"""A rule, or whose number it is."""


def prove_order(subject: Subject) -> Iterator[Finding]:
    """Rules that are never reached, with what hides them."""
    outgoing = subject.reading
    reached = reached_rules(outgoing, subject.may_decide)
    hidden = [
        rule
        for rule in subject.rules
        if not rule.emergency and rule not in reached and subject.may_decide((), rule)
    ]
    yield from _hidden(outgoing, hidden)
    yield from _hidden_from_gateways(subject)


def reached_rules(reading: Reading, may_decide: MayDecide) -> set[RuleEntry]:
    """The ordinary rules that decide about some number at some moment."""
    reached: set[RuleEntry] = set()
    for atom in reading:
        chain = reading.chain(atom)
        if chain.emergency or reached.issuperset(chain.ordinary):
            continue
        if reading.nobodys(atom) is not None:
            for place, rule in enumerate(chain.ordinary):
                if rule not in reached and may_decide(chain.ordinary[:place], rule):
                    reached.add(rule)
    return reached


def _hidden_from_gateways(subject: Subject) -> Iterator[Finding]:
    """Rules for gateways' calls, of which each gateway asks its own.

    Numbers are compared as the patterns spell them: what covers a spelling covers the number.
    """
    reached: set[RuleEntry] = set()
    asked: dict[RuleEntry, Reading] = {}
    for id_, gateway in subject.table.gateways.items():
        rules = [rule for rule in subject.table.incoming.rules if id_ in rule.sources]
        if rules and gateway.enabled:
            zone = subject.zone(gateway.site)
            reading = Reading(RuleSet(rules), {})
            may_decide = subject.deciding_in((zone,))
            reached |= reached_rules(reading, may_decide)
            asked |= {rule: reading for rule in rules if rule.enabled and may_decide((), rule)}
    for rule, reading in asked.items():
        if rule not in reached:
            yield from _hidden(reading, [rule])


def _hidden(reading: Reading, rules: Sequence[RuleEntry]) -> Iterator[Finding]:
    hiding: dict[RuleEntry, dict[Hider, str]] = {rule: {} for rule in rules}
    for atom in reading if rules else ():
        for rule in reading.matching(atom):
            if rule in hiding:
                for by in _hiding(reading, atom, rule):
                    hiding[rule].setdefault(by, atom.witness)
    for rule, hiders in hiding.items():
        yield Finding(
            "PBX1304",
            f'the rule "{rule.name}" is never reached',
            ("dialplan", rule.name, "match"),
            _advice(list(hiders)),
            tuple(_takes(by, number) for by, number in list(hiders.items())[:MOST]),
        )


def _hiding(reading: Reading, atom: Atom, rule: RuleEntry) -> Iterator[Hider]:
    """What comes before a rule for the numbers of an atom."""
    chain = reading.chain(atom)
    owner = reading.owner(atom.witness)
    if chain.emergency:
        yield chain.emergency[0]
    elif owner is not None and reading.nobodys(atom) is None:
        yield owner
    elif chain.ordinary[-1] is not rule and chain.ordinary[-1].when is None:
        yield chain.ordinary[-1]
    else:
        yield from chain.ordinary[: chain.ordinary.index(rule)]


def _takes(by: Hider, number: str) -> tuple[str, Place]:
    if isinstance(by, str):
        section, _, id_ = by.partition("/")
        return f"{number} is {id_}'s number", (section, id_)
    return f'"{by.name}" takes {number} first', ("dialplan", by.name, "match")


def _advice(hiding: Sequence[Hider]) -> str:
    rules = [by for by in hiding if not isinstance(by, str)]
    emergency = next((by for by in rules if by.emergency), None)
    if emergency is not None:
        return f'emergency rules come before all others; "{emergency.name}" takes these numbers'
    if not rules:
        return (
            "numbers of users and hunt groups come before all rules but emergency ones; remove it"
        )
    if len(rules) == 1:
        return f'move it before "{rules[0].name}", or make that one narrower'
    names = ", ".join(f'"{by.name}"' for by in rules[:MOST])
    more = f" and {len(rules) - MOST} more" if len(rules) > MOST else ""
    return f"{names}{more} take all of its numbers together; move it before them, or remove it"
