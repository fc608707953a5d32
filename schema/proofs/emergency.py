"""Whether everybody can call for help, whatever they dial for it and whatever is down.

Emergency rules know no permission, no hour and no limit, and are tried on every gateway that can
carry such calls. So what is left to prove is: that there is a rule for each emergency number, also
behind the digits for an outside line; that the rule leaves an emergency number; and that more than
one gateway carries it, for people of every site.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from schema.automata import Dfa, image
from schema.dialplan.decision import Caller, Decision
from schema.dialplan.route import route
from schema.dialplan.rows import RuleEntry
from schema.dialplan.table import RuleSet
from schema.dialplan.template import Template
from schema.proofs.finding import Finding, Place
from schema.proofs.outside import outside_digits
from schema.proofs.people import People
from schema.proofs.reading import Reading
from schema.proofs.subject import Subject

MOST = 5
"""Numbers that are reported one by one."""
_ANY_TIME = datetime(2026, 1, 5, 12, tzinfo=UTC)
"""Calls for help are routed alike at all times."""


def prove_emergency(subject: Subject) -> Iterator[Finding]:
    """Emergency numbers without a rule, without a way out, or with a single one."""
    rules = [rule for rule in subject.rules if rule.emergency]
    if not rules:
        return  # PBX1305 says so
    carriers: dict[str, str] = {}
    for region, people in subject.people_by_region.items():
        numbers = subject.class_numbers(region, "emergency")
        yield from _without_rule(subject, region, people[0], numbers, rules)
        yield from _ways_out(subject, region, numbers, rules, carriers)
    yield from _single(subject, rules, carriers)


def _dialled(subject: Subject, numbers: Dfa) -> Iterator[tuple[str, Dfa]]:
    """The numbers by themselves, and behind each of the digits for an outside line."""
    yield "", numbers
    for digits in outside_digits(subject.rules, subject.table.numbering):
        yield digits, image(numbers, Template(digits, ""))


# A rule for each number


def _without_rule(
    subject: Subject, region: str, people: People, numbers: Dfa, rules: list[RuleEntry]
) -> Iterator[Finding]:
    taken = Dfa.of_patterns(Reading(RuleSet(rules), {}).rules.patterns)
    alone = numbers - taken
    for digits, dialled in _dialled(subject, numbers):
        missing = dialled - taken
        if digits:  # where the number itself has no rule, that is what is to be said
            missing -= image(alone, Template(digits, ""))
        for number in islice(missing.examples(), MOST):
            yield _missing(subject, region, people, number, digits, rules[0])


def _missing(
    subject: Subject, region: str, people: People, number: str, digits: str, rule: RuleEntry
) -> Finding:
    decision = route(subject.table, Caller("user", people.example), number, _ANY_TIME)
    what = f"an emergency number of {region}"
    if digits:
        what += f" behind the {digits} for an outside line"
    outcome = _instead(subject, number, decision)
    return Finding(
        "PBX1603",
        f'no emergency rule takes "{number}", {what}: {outcome}',
        ("dialplan", rule.name, "match"),
        f'add "{number}" to an emergency rule' + _without(digits, number),
        tuple(_who(subject, number, decision)),
        number,
    )  # fmt: skip


def _without(digits: str, number: str) -> str:
    """How the digits for an outside line are left out of what leaves."""
    return f', one with dial: "{number.removeprefix(digits)}"' if digits else ""


def _instead(subject: Subject, number: str, decision: Decision) -> str:
    """What becomes of a call to the number."""
    owner = subject.taken.get(number)
    if owner is not None:
        return f"it is {owner.partition('/')[2]}'s number"
    if decision.outcome == "routed":
        how = (
            "leaves as an ordinary call" if decision.steps[0].kind == "gateway" else "stays inside"
        )
        return f'it {how} by the rule "{decision.rule}"'
    return f"a call is refused with {decision.status}"


def _who(subject: Subject, number: str, decision: Decision) -> Iterator[tuple[str, Place]]:
    owner = subject.taken.get(number)
    if owner is not None:
        yield "whose number it is", tuple(owner.split("/", 1))
    elif decision.rule is not None:
        yield f'"{decision.rule}" takes it', ("dialplan", decision.rule, "match")


# A way out for each number


def _ways_out(
    subject: Subject, region: str, numbers: Dfa, rules: list[RuleEntry], carriers: dict[str, str]
) -> Iterator[Finding]:
    """`carriers` collects the gateways, each with a number that it carries."""
    wanted = Dfa.nothing()
    for _, dialled in _dialled(subject, numbers):
        wanted |= dialled
    reading = Reading(RuleSet(rules), {})
    sites = {people.site: people for people in subject.people_by_region[region]}
    for atom in reading:
        number = (reading.numbers(atom) & wanted).witness() if atom.patterns else None
        if number is not None:
            first = reading.chain(atom).emergency[0]
            for people in sites.values():
                yield from _way_out(subject, people, number, first, numbers, carriers)


def _way_out(
    subject: Subject, people: People, number: str, first: RuleEntry, numbers: Dfa,
    carriers: dict[str, str],
) -> Iterator[Finding]:  # fmt: skip
    table = subject.table
    decision = route(table, Caller("user", people.example), number, _ANY_TIME)
    if decision.outcome == "refused":
        yield Finding(
            "PBX1601",
            f'"{number}" is an emergency number, and {people.example} reaches no gateway by it: '
            f"{decision.reason}",
            ("dialplan", first.name, "match"),
            f'let the rule leave a number to dial, such as dial: "{numbers.witness()}"',
            (),
            number,
        )
        return
    carriers.update({step.target: number for step in decision.steps})
    rule = next(rule for rule in subject.rules if rule.name == decision.rule)
    called = rule.transform(number, table.numbering_of(people.site))
    if called not in numbers and _is_rewritten(rule):
        yield Finding(
            "PBX1611",
            f'"{number}" leaves as "{called}", which is no emergency number '
            f"of {subject.region(people.site)}",
            ("dialplan", rule.name, "match"),
            f'write dial: "{numbers.witness()}", so that whatever matches leaves as that',
            (),
            number,
        )


def _is_rewritten(rule: RuleEntry) -> bool:
    """Whether what leaves is made of what was dialled; else somebody wrote the number down."""
    return rule.dial is None or "$" in rule.dial


# More than one


def _single(
    subject: Subject, rules: list[RuleEntry], carriers: dict[str, str]
) -> Iterator[Finding]:
    if len(carriers) != 1:
        return
    ((gateway, number),) = carriers.items()
    others = [id_ for id_, each in subject.table.gateways.items() if id_ != gateway]
    hint = f"let another carry such calls, too: {', '.join(others)}" if others else "add another"
    yield Finding(
        "PBX1602",
        f'when the gateway "{gateway}" is down, nobody can call {number}',
        ("dialplan", rules[0].name, "via"),
        hint + "; without a choice of ways, one failure leaves everybody without help",
        ((f'"{gateway}" alone carries them', ("gateways", gateway)),),
        number,
    )
