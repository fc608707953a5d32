"""Random pairs of plans: what is reported is what the interpreter does, number by number."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from random_plans import NUMBERS, SCHEDULES, systems

from schema.automata.alphabet import is_number
from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller
from schema.dialplan.route import route
from schema.dialplan.table import RouteTable
from schema.meaning.behaviour import DISABLED, Behaviour
from schema.meaning.difference import Raw
from schema.meaning.inside import answer, inside
from schema.meaning.inward import inward
from schema.meaning.leads import Stop
from schema.meaning.outward import outward
from schema.meaning.pair import Pair
from schema.models import Schedule, System, User

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
OTHER_HOURS = {
    **SCHEDULES,
    "days": Schedule(weekly=("mon-sat 08:00-16:00",), dates=("2026-05-17 10:00-20:00",)),
}
Told = tuple[object, ...]
DISABLED_CALLER: Told = ("refused", "disabled")
"""Whatever is refused is refused to them: there is nothing to notice."""


@st.composite
def pairs(draw: st.DrawFn) -> tuple[System, System]:
    """A system, and one in which some of it is as in another, some rules stand elsewhere."""
    old, other = (_plainer(draw(systems())) for _ in range(2))
    taken = draw(st.sets(st.sampled_from(["users", "gateways", "hunt_groups", "schedules"])))
    rules = {rule.rule: rule for rule in old.dialplan}
    rules |= draw(st.sampled_from([{}, {rule.rule: rule for rule in other.dialplan[-2:]}]))
    order = draw(st.one_of(st.just(list(rules)), st.permutations(list(rules))))
    new = replace(
        old,
        dialplan=tuple(rules[name] for name in order[draw(st.integers(0, 1)) :]),
        users=_renumbered(other.users) if "users" in taken else old.users,
        gateways=other.gateways if "gateways" in taken else old.gateways,
        hunt_groups=other.hunt_groups if "hunt_groups" in taken else old.hunt_groups,
        schedules=OTHER_HOURS if "schedules" in taken else old.schedules,
    )
    return old, new


def _plainer(system: System) -> System:
    """Without what is taken for a difference where it may be none: the last digits of numbers of
    any length, read as E.164 at two sites."""
    rules = [
        rule.model_copy(update={"e164": rule.e164 and rule.dial != "4${EXTEN:-1}"})
        if any(pattern[-1] in ".!" for pattern in rule.patterns)
        else rule
        for rule in system.dialplan
    ]
    return replace(system, dialplan=tuple(rules))


def _renumbered(users: dict[str, User]) -> dict[str, User]:
    """20 and 21 change hands, and 23 is nobody's."""
    numbers = {"rich": "21", "poor": "20", "team": "24"}
    return {
        id_: user.model_copy(update={"extension": numbers.get(id_, user.extension)})
        for id_, user in users.items()
    }


def decided(table: RouteTable, user: str, number: str, at: datetime) -> Told:
    """What the interpreter does, without who rings inside."""
    decision = route(table, Caller("user", user), number, at)
    rule = next((rule for rule in table.rules if rule.name == decision.rule), None)
    if rule is None:
        owner, group = table.numbers.get(number), table.group_numbers.get(number)
        if not table.users[user].enabled:
            return DISABLED_CALLER
        if owner is group is None:
            return "refused", decision.status
        return ("user", owner) if owner is not None else ("hunt_group", group)
    caller = table.users[user]
    if not rule.emergency and not caller.permissions.issuperset(rule.permissions):
        return "refused", 403
    if rule.emergency or rule.via:
        ways = tuple((step.target, step.number, step.weight) for step in decision.steps)
        return ("leaves", rule.emergency, ways) if ways else ("refused", decision.status)
    called = rule.transform(number, table.numbering_of(caller.site))
    if rule.type == "pickup":
        return "pickup", called
    return (rule.to.kind, rule.to.name) if rule.to is not None else ("inside", called)


def told(behaviour: Behaviour, number: str) -> Told:
    """The same of what is reported."""
    if behaviour.kind == "refused":
        return DISABLED_CALLER if behaviour == DISABLED else ("refused", behaviour.status)
    if behaviour.kind == "leaves":
        ways = tuple((w.gateway, w.writing.of(number), w.weight) for w in behaviour.ways)
        return "leaves", behaviour.emergency, ways
    if behaviour.writing is not None:
        return behaviour.kind, behaviour.writing.of(number)
    return behaviour.kind, behaviour.target


def told_of(raw: Raw, number: str) -> list[tuple[Told, Told]]:
    """What it says of a number: callers who notice the same in words are told together, though
    their sites may write the number each in its own way."""
    parts = [part.found for part in raw.parts if number in part.numbers]
    return [(told(each.was, number), told(each.now, number)) for each in parts]


def landed(table: RouteTable, gateway: str, number: str, at: datetime) -> Told:
    """What the interpreter does with a call from outside, without who rings inside."""
    decision = route(table, Caller("gateway", gateway), number, at)
    rule = next((rule for rule in table.rules if rule.name == decision.rule), None)
    if rule is not None:
        called = rule.transform(number, table.numbering)
        return (rule.to.kind, rule.to.name) if rule.to is not None else ("inside", called)
    fallback = table.gateways[gateway].fallback
    if number in table.numbers:
        return "user", table.numbers[number]
    return (fallback.kind, fallback.name) if fallback is not None else ("refused", 404)


def holding(pair: Pair, caller: str, at: datetime, raw: Raw) -> bool:
    """Whether it is now that a difference is noticed by that user or gateway."""
    open_ = set()
    sites = [
        (t.gateways[caller] if raw.inbound else t.users[caller]).site for t in (pair.old, pair.new)
    ]
    for name in {**pair.old.schedules, **pair.new.schedules}:
        was, now = pair.old.is_open(name, at, sites[0]), pair.new.is_open(name, at, sites[1])
        open_ |= {(name, side) for side, holds in (("old", was), ("new", now), ("", now)) if holds}
    return raw.parts[0].found.hours.holds(open_)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(pairs(), st.lists(NUMBERS.filter(is_number), min_size=1, max_size=8), MOMENTS)
def test_a_number_is_in_one_difference_just_where_its_calls_differ(
    systems: tuple[System, System], numbers: list[str], at: datetime
) -> None:
    pair = Pair(*map(compile_table, systems))
    found = outward(pair)
    for user in pair.new.users:
        examples = [raw.every.witness() or "" for raw in found]
        for number in (*numbers, *examples, "20", "21", "23", "40", "911"):
            was, now = (decided(table, user, number, at) for table in (pair.old, pair.new))
            reported = [
                raw
                for raw in found
                if user in raw.callers and number in raw and holding(pair, user, at, raw)
            ]
            refused = {"refused"} == {was[0], now[0]} and DISABLED_CALLER in (was, now)
            assert len(reported) == (was != now and not refused), (user, number, was, now, reported)
            for raw in reported:
                assert (was, now) in told_of(raw, number)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(pairs(), st.lists(NUMBERS.filter(is_number), min_size=1, max_size=8), MOMENTS)
def test_calls_from_outside_land_elsewhere_just_where_it_is_reported(
    systems: tuple[System, System], numbers: list[str], at: datetime
) -> None:
    pair = Pair(*map(compile_table, systems))
    found = inward(pair)
    for gateway in ("a", "b"):
        # Stripping leaves nothing of shorter ones, so that two ways come to the same.
        witnesses = (raw.every.witness() or "" for raw in found)
        examples = [n for n in witnesses if n.startswith("+") and len(n) > 4]
        for number in ("+1212", *examples, *(f"+{number.lstrip('+')}1" for number in numbers)):
            was, now = (landed(table, gateway, number, at) for table in (pair.old, pair.new))
            reported = [
                raw
                for raw in found
                if gateway in raw.callers and number in raw and holding(pair, gateway, at, raw)
            ]
            assert len(reported) == (was != now), (gateway, number, was, now, reported)
            for raw in reported:
                assert (was, now) in told_of(raw, number)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(pairs(), MOMENTS)
def test_whoever_is_reached_by_others_than_before_is_reported(
    systems: tuple[System, System], at: datetime
) -> None:
    pair = Pair(*map(compile_table, systems))
    reported = {(each.called, each.was, each.now) for each in inside(pair)}
    users = [Stop("user", id_) for id_ in pair.new.users]
    for called in (*users, *(Stop("hunt_group", id_) for id_ in pair.new.hunt_groups)):
        was, now = (answer(table, called, at) for table in (pair.old, pair.new))
        assert was.same(now) == ((called, was, now) not in reported)
