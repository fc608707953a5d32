"""Random plans: what atoms and hours say, what the interpreter does, and the plainest reading."""

from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from plain_reading import PlainReader
from random_plans import MOMENTS, NUMBERS, systems

from schema.automata.alphabet import is_number
from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller
from schema.dialplan.route import route
from schema.dialplan.rows import RuleEntry
from schema.dialplan.table import RouteTable
from schema.models import System
from schema.proofs.order import reached_rules
from schema.proofs.subject import Subject


def about(system: System) -> Subject:
    return Subject(compile_table(system), system.system, system.sites)


def by_atoms(subject: Subject, number: str, site: str | None, at: datetime) -> RuleEntry | None:
    """The rule that decides, as the proofs see it; None: no ordinary one does."""
    chain = subject.reading.chain(subject.reading.of(number))
    if chain.emergency or number in subject.taken:
        return None
    table = subject.table
    open_ = (r for r in chain.ordinary if r.when is None or table.is_open(r.when, at, site))
    return next(open_, None)


def decided(table: RouteTable, id_: str, number: str, at: datetime) -> str | None:
    """The rule that the interpreter takes for what was dialled, whatever becomes of the call.

    A rule is noted behind those by which the number goes on that it leads to.
    """
    tried = route(table, Caller("user", id_), number, at, explain=True).trace
    names = {rule.name for rule in table.outgoing.rules if not rule.emergency}
    return next(
        (each.rule for each in reversed(tried) if each.matched and each.rule in names), None
    )


@settings(deadline=None, max_examples=100)
@given(systems(), st.lists(NUMBERS.filter(is_number), max_size=4), MOMENTS)
def test_atoms_the_interpreter_and_a_plain_reading_take_the_same_rule(
    system: System, numbers: list[str], at: datetime
) -> None:
    subject = about(system)
    table = subject.table
    for number in [*numbers, *(atom.witness for atom in subject.reading)]:
        for id_, user in table.users.items():
            if not user.enabled or number in subject.taken:
                continue
            rule = by_atoms(subject, number, user.site, at)
            name = None if rule is None else rule.name
            assert decided(table, id_, number, at) == name
            plain = PlainReader(system, at).from_user(id_, number)
            emergency = plain.rule and rules_by_name(system)[plain.rule].type == "emergency"
            assert plain.rule == name or emergency


def rules_by_name(system: System) -> dict[str, object]:
    return {rule.rule: rule for rule in system.dialplan}


WEEK = [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours) for hours in range(168)]


@settings(deadline=None, max_examples=60)
@given(systems())
def test_a_rule_is_reached_by_some_call_when_proofs_say_so(system: System) -> None:
    """The other half of `never reached`: what is said to be reached has a number and a moment."""
    subject = about(system)
    reached = reached_rules(subject.reading, subject.may_decide)
    sites = {people.site for people in subject.people} | {
        group.caller.site for group in subject.table.hunt_groups.values()
    }
    numbers = [n for atom in subject.reading if (n := subject.reading.nobodys(atom))]
    found = {
        by_atoms(subject, number, site, at) for number, site, at in product(numbers, sites, WEEK)
    }
    assert reached == found - {None}
