"""`prove:` what an admin wants to be true of every number, for some of the users.

    nobody … reaches X       no number that one of them dials leaves as one of X, at any moment
    everybody … reaches X    each number of X leaves when some number is dialled, at every moment

A number leaves when it is put to a gateway; what the gateway's own prefix adds is not looked at.
Whoever forwards calls, so forwardings of these users are included, and those of others are not.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import get_args

from schema.automata import Dfa, TooComplexError
from schema.dialplan.decision import Caller
from schema.dialplan.numbering import Numbering
from schema.dialplan.route import route
from schema.dialplan.rows import RuleEntry
from schema.models import Proof
from schema.models.proof import NumberClass
from schema.models.proof import People as Named
from schema.proofs.finding import Finding
from schema.proofs.leaving import after, before, may_leave
from schema.proofs.people import People
from schema.proofs.reading import numbers_of
from schema.proofs.subject import Subject

MOST_STEPS = 2_000
"""How many rules are looked at for a claim about everybody, at all joint states of schedules."""


def prove_claim(subject: Subject, proof: Proof) -> Iterator[Finding]:
    """A witness against what a proof says, if there is one."""
    refute = _missing if proof.nobody is None else _reaching
    named = proof.nobody or proof.everybody
    found = (refute(subject, proof, people) for people in _people(subject, named))
    yield from islice((each for each in found if each is not None), 1)


def _people(subject: Subject, named: Named | None) -> Iterator[People]:
    """The kinds of users that a claim is about, each with those alone that it names."""
    for people in subject.people:
        members = tuple(id_ for id_ in people.members if _is_named(subject, named, id_))
        if members:
            yield People(people.enabled, people.permissions, people.site, members)


def _is_named(subject: Subject, named: Named | None, id_: str) -> bool:
    user = subject.table.users[id_]
    if named is None:
        return False
    if named.site is not None:
        return user.site == named.site
    if named.group is not None:
        return named.group in user.groups
    return named.user in (None, id_)


def _wanted(subject: Subject, proof: Proof, people: People) -> Dfa:
    if proof.reaches in get_args(NumberClass):
        return subject.class_numbers(subject.region(people.site), proof.reaches)
    return numbers_of((proof.reaches,))


# What leaves


def _first(
    subject: Subject, rule: RuleEntry, people: People, wanted: Dfa
) -> tuple[str | None, datetime]:
    """The first number that people can dial and that leaves by a rule as one of those `wanted`,
    and a moment at which it does."""
    numbering = subject.table.numbering_of(people.site)
    always = subject.hours.always()
    if not may_leave(rule, numbering, wanted):
        return None, always
    if rule.emergency:
        return _for_help(subject, rule, numbering, wanted).witness(), always
    if not (people.enabled and people.may(rule)):
        return None, always
    dialled = before(rule, numbering, wanted)
    found = subject.deciding.first(rule, subject.zone(people.site), dialled)
    return (None, always) if found is None else (found.number, found.at)


def _for_help(subject: Subject, rule: RuleEntry, numbering: Numbering, wanted: Dfa) -> Dfa:
    """The numbers that leave by an emergency rule as one of those `wanted`."""
    numbers = before(rule, numbering, wanted) & numbers_of(rule.patterns)
    for other in subject.rules:
        if other is rule:
            break
        if other.emergency:  # one that leaves no digits lets the next have its turn
            numbers -= numbers_of(other.patterns) & before(other, numbering, Dfa.numbers())
    return numbers


def _carried(subject: Subject, proof: Proof) -> Iterator[RuleEntry]:
    """The rules that lead out, by the gateway that the proof names if it names one."""
    gateways = subject.table.gateways
    for rule in subject.rules:
        by = [id_ for id_ in rule.via if gateways[id_].enabled]
        if rule.emergency:
            by += subject.table.emergency_gateways
        if by and proof.via in (None, *by):
            yield rule


# Nobody


def _reaching(subject: Subject, proof: Proof, people: People) -> Finding | None:
    wanted = _wanted(subject, proof, people)
    for rule in _carried(subject, proof):
        number, at = _first(subject, rule, people, wanted)
        if number is not None:
            return _reached(subject, proof, people, rule, number, at)
    return None


def _reached(
    subject: Subject, proof: Proof, people: People, rule: RuleEntry, number: str, at: datetime
) -> Finding:
    decision = route(subject.table, Caller("user", people.example), number, at)
    gateways = [step.target for step in decision.steps]
    gateway = proof.via or gateways[0]
    called = rule.transform(number, subject.table.numbering_of(people.site))
    when = f" on {at:%a %Y-%m-%d %H:%M} UTC" if rule.when else ""
    return Finding(
        "PBX1609",
        f'"{proof.proof}" is not so: {people.example} dials {number}{when}, which leaves as '
        f'{called} via {gateway}',
        ("prove", proof.proof, "proof"),
        f'narrow the rule "{rule.name}", or let it ask for a permission that they do not have',
        ((f'"{rule.name}" takes it', ("dialplan", rule.name, "match")),),
        number,
    )  # fmt: skip


# Everybody


def _missing(subject: Subject, proof: Proof, people: People) -> Finding | None:
    wanted = _wanted(subject, proof, people)
    zone = subject.zone(people.site)
    numbering = subject.table.numbering_of(people.site)
    rules = [
        rule
        for rule in _carried(subject, proof)
        if (rule.emergency or (people.enabled and people.may(rule)))
        and may_leave(rule, numbering, wanted)
    ]
    schedules = subject.deciding.schedules(rules)
    states = list(subject.hours.states([(each, zone) for each in schedules]))
    if len(states) * len(rules) > MOST_STEPS:
        raise TooComplexError(MOST_STEPS)
    for open_, at in states:
        missing = wanted - _leaving(subject, rules, people, wanted, frozenset(s for s, _ in open_))
        number = missing.witness()
        if number is not None:
            return _not_reached(proof, people, number, at if schedules else None)
    return None


def _leaving(
    subject: Subject, rules: list[RuleEntry], people: People, wanted: Dfa, open_: frozenset[str]
) -> Dfa:
    """What people can let leave while some schedules are open."""
    leaving = Dfa.nothing()
    numbering = subject.table.numbering_of(people.site)
    for rule in rules:
        if rule.emergency:
            leaving |= after(rule, numbering, _for_help(subject, rule, numbering, wanted))
            continue
        numbers = subject.deciding.while_open(rule, open_, before(rule, numbering, wanted))
        own = [number for number in subject.owned(rule) if number in numbers]
        leaving |= after(rule, numbering, numbers - Dfa.of_literals(own))
    return leaving


def _not_reached(proof: Proof, people: People, number: str, at: datetime | None) -> Finding:
    when = f" on {at:%a %Y-%m-%d %H:%M} UTC" if at else ""
    by = f" via {proof.via}" if proof.via else ""
    return Finding(
        "PBX1609",
        f'"{proof.proof}" is not so: nothing that {people.example} can dial{when} leaves as '
        f"{number}{by}",
        ("prove", proof.proof, "proof"),
        "add a rule for it that they may use, or give them its permission",
        (),
        number,
    )
