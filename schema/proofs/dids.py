"""Whether calls from outside land: each DID at its owner, and each number of a declared range at
somebody.

A gateway may write a DID in several ways. Rules `from` a gateway come before users and match any of
them, so they are asked about all.
"""

from collections.abc import Iterator

from schema.automata import Dfa, preimage
from schema.automata.alphabet import is_number
from schema.dialplan.index import in_order
from schema.dialplan.numbering import Numbering
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.rows import GatewayEntry, RuleEntry
from schema.dialplan.table import RuleSet, matches_any
from schema.dialplan.template import Template, parse_template
from schema.proofs.finding import Finding, Place
from schema.proofs.subject import Subject


def prove_dids(subject: Subject) -> Iterator[Finding]:
    """DIDs that do not land at whose they are, by some gateway that may bring them."""
    gateways = {id_: each for id_, each in subject.table.gateways.items() if each.enabled}
    if not gateways:
        return
    rules = {id_: _rules(subject, id_) for id_ in gateways}
    any_range = all(gateway.dids for gateway in gateways.values())
    for did, owner in subject.dids.items():
        if not subject.is_enabled(owner):
            yield _disabled(did, owner)
        elif any_range and not any(matches_any(each.dids, (did,)) for each in gateways.values()):
            yield _not_brought(did, owner, list(gateways))
        else:
            yield from _taken(subject, did, owner, gateways, rules)


def prove_ranges(subject: Subject) -> Iterator[Finding]:
    """Numbers of declared ranges that reach nobody."""
    for id_, gateway in subject.table.gateways.items():
        if gateway.enabled and gateway.dids and gateway.fallback is None:
            yield from _gap(subject, id_, gateway)


def _rules(subject: Subject, gateway: str) -> RuleSet:
    return RuleSet(rule for rule in subject.table.incoming.rules if gateway in rule.sources)


# DIDs


def _disabled(did: str, owner: Place) -> Finding:
    return Finding(
        "PBX1607",
        f"{did} does not land: {owner[1]} is disabled, and callers get 404",
        (*owner, "did"),
        "give the number to somebody else, or take it away, so that the gateway's fallback answers",
        (),
        did,
    )


def _not_brought(did: str, owner: Place, gateways: list[str]) -> Finding:
    return Finding(
        "PBX1607",
        f"{did} does not land at {owner[1]}: no enabled gateway brings it",
        (*owner, "did"),
        f"add it to inbound.dids of the gateway that does: {', '.join(gateways)}",
        (),
        did,
    )


def _taken(
    subject: Subject, did: str, owner: Place, gateways: dict[str, GatewayEntry],
    rules: dict[str, RuleSet],
) -> Iterator[Finding]:  # fmt: skip
    """A rule for calls by a gateway that leads a DID to somebody else."""
    for id_, gateway in gateways.items():
        if gateway.dids and not matches_any(gateway.dids, (did,)):
            continue
        if not rules[id_].rules:
            continue
        for spelling in spellings(did, subject.table.numbering_of(gateway.site)):
            by = _first(subject, rules[id_], spelling, subject.zone(gateway.site))
            if by is not None and not _leads_to(subject, by, owner, spelling):
                yield _lost(did, owner, id_, spelling, by)
                return


def spellings(did: str, numbering: Numbering) -> tuple[str, ...]:
    """How a gateway may write an E.164 number, so that it is read as that."""
    bare = did.removeprefix("+")
    found = [did, bare]
    if bare.startswith(numbering.country_code) and numbering.country_code:
        national = bare.removeprefix(numbering.country_code)
        found += [national, numbering.national_prefix + national]
    found.append(numbering.international_prefix + bare)
    return tuple(each for each in dict.fromkeys(found) if did in (each, *numbering.spellings(each)))


def _first(subject: Subject, rules: RuleSet, number: str, zone: str) -> RuleEntry | None:
    """The first rule that may take a number at some moment."""
    for pattern in in_order(rules.index.matching(number)):
        rule = rules.rules[rules.owners[pattern]]
        if rule.when is None or subject.hours.when([(rule.when, zone)]):
            return rule
    return None


def _leads_to(subject: Subject, rule: RuleEntry, owner: Place, number: str) -> bool:
    """Whether a rule leads to whose number it is anyway, or to where somebody wrote that it should:
    a hunt group that rings the owner."""
    section, id_ = owner[0], owner[1]
    target: Place
    if rule.to is None:
        called = rule.transform(number, subject.table.numbering)
        target = tuple(subject.taken.get(called, "/").split("/", 1))
    elif rule.to.kind == "number":
        target = tuple(subject.taken.get(rule.to.name, "/").split("/", 1))
    else:
        target = (f"{rule.to.kind}s", rule.to.name)
    if target[0] == "hunt_groups" and section == "users":
        return id_ in subject.table.hunt_groups[str(target[1])].members
    return target == owner


def _lost(did: str, owner: Place, gateway: str, spelling: str, rule: RuleEntry) -> Finding:
    written = f", written {spelling}," if spelling != did else ""
    when = f" while {rule.when} is open" if rule.when else ""
    return Finding(
        "PBX1607",
        f'{did} does not land at {owner[1]}: by {gateway} the rule "{rule.name}"{written} takes it '
        f"first{when}",
        (*owner, "did"),
        f'narrow the rule "{rule.name}", or take the number away from {owner[1]}',
        ((f'"{rule.name}" takes it', ("dialplan", rule.name, "match")),),
        did,
    )


# Ranges


def _gap(subject: Subject, id_: str, gateway: GatewayEntry) -> Iterator[Finding]:
    """Numbers of a gateway's ranges that do not lead to somebody at all times."""
    left = Dfa.of_patterns([parse_pattern(text) for text in gateway.dids])
    gaps = Dfa.nothing()
    for rule in _rules(subject, id_).rules:
        if rule.enabled and rule.when is None:
            taken = left & Dfa.of_patterns([parse_pattern(text) for text in rule.patterns])
            gaps = gaps | (taken - _landing(subject, rule))
            left = left - taken
    gaps = gaps | (left - Dfa.of_literals(subject.dids))
    number = gaps.witness()
    if number is None:
        return
    total = gaps.total
    count = "infinitely many" if total is None else f"{total:,}"
    plural = "s" if count != "1" else ""
    yield Finding(
        "PBX1608",
        f'{count} number{plural} of the range of "{id_}" reach nobody, the first of them {number}',
        ("gateways", id_, "inbound", "dids"),
        "add inbound.fallback, such as {user: reception}, or give the numbers to somebody",
        (),
        number,
    )


def _landing(subject: Subject, rule: RuleEntry) -> Dfa:
    """The numbers that a rule leads to somebody: all, or those it makes somebody's number of."""
    if rule.to is not None or rule.e164:
        return Dfa.numbers()
    template = Template(rule.prepend, "", rule.strip)
    if rule.dial is not None:
        template = parse_template(rule.dial)
    return preimage(Dfa.of_literals(filter(is_number, subject.taken)), template)
