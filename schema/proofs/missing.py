"""Whether what permissions promise can be called at all.

Somebody granted a permission for a class of numbers, but no rule asks for it: either the rule was
forgotten, and its numbers reach nobody, or another rule lets them out anyway.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from schema.automata import Dfa
from schema.models import Group, Site
from schema.proofs.finding import Finding, Place
from schema.proofs.leaving import after, may_leave
from schema.proofs.reading import numbers_of
from schema.proofs.subject import Subject

CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "long_distance": "national",
        "mobile": "mobile",
        "international": "international",
        "premium": "premium",
        "toll_free": "toll_free",
    }
)
"""Permissions, as rules of that type ask for them, and the numbers that they are about."""
MOST_RULES: Final = 200
"""With so many rules that may leave such numbers nobody has forgotten the one for them."""


def prove_promises(subject: Subject) -> Iterator[Finding]:
    """Permissions that are granted, and that no rule asks for, each with a number out of reach."""
    asked = {word for rule in subject.rules for word in rule.permissions}
    if not any(rule.via and not rule.emergency for rule in subject.rules):
        return  # nobody calls outside at all
    for word, name in CLASSES.items():
        if word not in asked:
            yield from _unkept(subject, word, name)


def _unkept(subject: Subject, word: str, name: str) -> Iterator[Finding]:
    if word not in subject.held:
        return
    numbers = subject.class_numbers(subject.system.region, name)
    number = (numbers - _leaving(subject, numbers)).witness()
    if number is not None:
        yield Finding(
            "PBX1610",
            f'the permission "{word}" is granted, but no rule asks for it: nobody reaches {number}',
            _grant(subject, word),
            f"add a rule of type {word} for {name.replace('_', '-')} numbers, or take the "
            "permission away",
            (),
            number,
        )


def _grant(subject: Subject, word: str) -> Place:
    """Where the permission is granted."""
    granting: tuple[tuple[str, Mapping[str, Group] | Mapping[str, Site]], ...] = (
        ("groups", subject.groups), ("sites", subject.sites),
    )  # fmt: skip
    for section, entries in granting:
        for id_, entry in entries.items():
            if word in entry.permissions:
                return section, id_, "permissions", entry.permissions.index(word)
    users = subject.table.users
    return (
        "users",
        next(id_ for id_, user in users.items() if word in user.permissions),
        "permissions",
    )


def _leaving(subject: Subject, wanted: Dfa) -> Dfa:
    """What rules that lead out make of all that they match, whoever may use them."""
    leaving = Dfa.nothing()
    numberings = {subject.table.numbering_of(people.site): None for people in subject.people}
    for numbering in numberings:
        rules = [r for r in subject.rules if r.via and may_leave(r, numbering, wanted)]
        if len(rules) > MOST_RULES:
            return wanted
        for rule in rules:
            leaving |= after(rule, numbering, numbers_of(rule.patterns)) & wanted
    return leaving
