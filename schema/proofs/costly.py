"""Whether numbers that cost much can leave by a rule that does not ask for their permission.

What counts is the number as it leaves, after everything that the rule makes of what was dialled.
Whoever forwards, and the fallback of a hunt group, dial by the same rules, so this holds for them.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from schema.automata import Dfa, describe
from schema.dialplan.numbering import Numbering
from schema.dialplan.rows import RuleEntry
from schema.proofs.finding import Finding
from schema.proofs.leaving import before, may_leave
from schema.proofs.people import People
from schema.proofs.subject import Subject

PERMISSIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "premium": frozenset({"premium", "restricted"}),
        "international": frozenset({"international", "premium", "restricted"}),
        "shared_cost": frozenset({"shared_cost", "premium", "restricted"}),
    }
)
"""For each costly class the permissions and types of rules that show that it is meant."""
_WORDS: Final = {
    "premium": "Premium", "international": "International", "shared_cost": "Shared-cost",
}  # fmt: skip
MOST_PATTERNS: Final = 20
"""In the hint."""


class Place(NamedTuple):
    """Where people may use a rule: what tells one site from another here."""

    region: str
    numbering: Numbering
    zone: str


def prove_costly(subject: Subject) -> Iterator[Finding]:
    """Rules by which costly numbers leave without the permission for them, a number for each."""
    for rule in subject.rules:
        if rule.via and not rule.emergency:
            asked = {rule.type, *rule.permissions}
            for name, permissions in PERMISSIONS.items():
                if asked.isdisjoint(permissions):
                    yield from _leak(subject, rule, name)


def _leak(subject: Subject, rule: RuleEntry, name: str) -> Iterator[Finding]:
    """The first place from which a number of a class leaves by a rule."""
    for place, people in _places(subject, rule).items():
        leaving = subject.costly(place.region, name)
        if not may_leave(rule, place.numbering, leaving):
            continue
        dialled = before(rule, place.numbering, leaving)
        found = subject.deciding.first(rule, place.zone, dialled)
        if found is not None:
            yield _finding(rule, name, found.number, place, people, found.among)
            return


def _places(subject: Subject, rule: RuleEntry) -> dict[Place, People]:
    """Where somebody may use a rule, and who."""
    places: dict[Place, People] = {}
    for people in subject.people:
        if people.enabled and people.may(rule):
            site = people.site
            numbering = subject.table.numbering_of(site)
            place = Place(subject.region(site), numbering, subject.zone(site))
            places.setdefault(place, people)
    return places


def _finding(
    rule: RuleEntry, name: str, number: str, place: Place, people: People, dialled: Dfa
) -> Finding:
    called = rule.transform(number, place.numbering)
    words = _WORDS[name]
    permission = min(PERMISSIONS[name] & {name, "premium"}, key=lambda word: word != name)
    return Finding(
        "PBX1604",
        f'{words} numbers can be called by the rule "{rule.name}" without the permission '
        f'"{permission}": {number} leaves as {called}, for {people.example} say',
        ("dialplan", rule.name, "match"),
        f"put a rule before it that asks for {permission} and takes {_numbers(dialled)}; or add "
        f"{permission} to its allow",
        (),
        number,
    )


def _numbers(dialled: Dfa) -> str:
    """Patterns for the numbers, so that they can be copied."""
    found = describe(dialled, MOST_PATTERNS)
    texts = [f'"{text}"' for text in found.patterns]
    return ", ".join(texts) + ("" if found.complete else " and others")
