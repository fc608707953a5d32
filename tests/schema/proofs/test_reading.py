"""Chains of rules against the patterns themselves, and people against their permissions."""

from hypothesis import given, settings
from hypothesis import strategies as st
from random_plans import NUMBERS, systems

from schema.automata.alphabet import is_number
from schema.dialplan.compile import compile_table
from schema.dialplan.pattern import parse_pattern
from schema.dialplan.rows import RuleEntry
from schema.models import System
from schema.proofs.people import asked_permissions, people_of
from schema.proofs.reading import Reading


def matching(rules: tuple[RuleEntry, ...], number: str) -> list[RuleEntry]:
    return [
        rule
        for rule in rules
        if rule.enabled and any(parse_pattern(text).matches(number) for text in rule.patterns)
    ]


@settings(deadline=None)
@given(systems(), st.lists(NUMBERS.filter(is_number), min_size=1, max_size=6))
def test_a_chain_ends_with_the_first_rule_that_is_always_open(
    system: System, numbers: list[str]
) -> None:
    table = compile_table(system)
    reading = Reading(table.outgoing, {})
    for number in numbers:
        chain = reading.chain(reading.of(number))
        found = matching(table.outgoing.rules, number)
        assert list(chain.emergency) == [rule for rule in found if rule.emergency]
        others = [rule for rule in found if not rule.emergency]
        assert list(chain.ordinary) == others[: len(chain.ordinary)]
        assert all(rule.when for rule in chain.ordinary[:-1])
        ends = chain.ordinary and chain.ordinary[-1].when is None
        assert ends or len(chain.ordinary) == len(others)


@settings(deadline=None)
@given(systems(), st.sets(NUMBERS.filter(is_number), max_size=30))
def test_a_number_that_is_nobodys_is_the_first_of_its_atom(system: System, taken: set[str]) -> None:
    reading = Reading(compile_table(system).outgoing, dict.fromkeys(taken, "users/somebody"))
    for atom in reading:
        free = reading.nobodys(atom)
        assert set(reading.owned(atom)) == {n for n in taken if reading.of(n) == atom}
        if free is None:
            assert atom.counts.total == len(reading.owned(atom))
            continue
        assert free not in taken
        assert reading.of(free) == atom
        shorter = [n for n in reading.owned(atom) if len(n) < len(free)]
        assert atom.counts.up_to(len(free) - 1) == len(shorter)


@settings(deadline=None)
@given(systems())
def test_people_of_one_kind_may_use_the_same_rules(system: System) -> None:
    table = compile_table(system)
    kinds = people_of(table.users, asked_permissions(table.rules))
    assert sorted(id_ for people in kinds for id_ in people.members) == sorted(table.users)
    for people in kinds:
        for id_ in people.members:
            user = table.users[id_]
            assert (user.enabled, user.site) == (people.enabled, people.site)
            for rule in table.rules:
                if rule.enabled:
                    assert people.may(rule) == (set(rule.permissions) <= user.permissions)
