"""What a change means, on a plan of 5,000 rules, 10,000 users and 200 schedules.

The limit is that of a one-rule change. A rule put before a thousand rules with hours of their own
means hundreds of things, and takes longer; so does a change of everything.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from bench.plans import patterns
from schema.dialplan.classes import number_classes
from schema.dialplan.compile import TableCompiler
from schema.meaning.meaning import Meaning, meaning_of
from schema.models import (
    Forward,
    Gateway,
    Group,
    Rule,
    Schedule,
    Site,
    System,
    SystemSettings,
    User,
)

RULES, USERS, SCHEDULES = 5_000, 10_000, 200
SECONDS = 1.0
"""Of the semantic diff of a one-rule change."""


def main() -> None:
    """Print each change with its time beside the limit."""
    old = _system()
    print(f"{RULES} rules, {USERS} users, {SCHEDULES} schedules")
    for what, change in _CHANGES.items():
        seconds, meaning = _measure(old, change(old))
        told = meaning.unknown or f"{len(meaning.differences)} differences"
        print(
            f"  {what:<38}{seconds:8.3f}  limit {SECONDS:g}: {seconds / SECONDS:.2f} of it  {told}"
        )


def _measure(old: System, new: System) -> tuple[float, Meaning]:
    """The better of two runs, and what was found."""
    compiler = TableCompiler()
    tables = compiler.compile(old), compiler.compile(new)
    classes = number_classes(old.system)
    taken = []
    for _ in range(2):
        start = time.perf_counter()
        meaning = meaning_of(*tables, classes, classes)
        taken.append(time.perf_counter() - start)
    return min(taken), meaning


def _system() -> System:
    schedules = {
        f"s{n}": Schedule(
            weekly=(f"mon-fri {n % 12:02}:00-{n % 12 + 9:02}:30",),
            dates=("2026-12-24 09:00-12:00",),
        )
        for n in range(SCHEDULES)
    }
    return System(
        system=SystemSettings(domain="example.test", timezone="America/New_York"),
        nodes={},
        sites={"hq": Site(), "west": Site(timezone="America/Los_Angeles")},
        groups={f"g{n}": Group(permissions=("local",) if n % 2 else ("local", "international"))
                for n in range(20)},
        users={f"user{n:05}": _user(n) for n in range(USERS)},
        phones={},
        gateways={f"gw{n}": Gateway(address=f"192.0.2.{n + 1}") for n in range(4)},
        schedules=schedules,
        dialplan=_dialplan(),
    )  # fmt: skip


def _user(n: int) -> User:
    return User(
        name=f"Person {n}", extension=str(20_000 + n), did=f"+1212{5_000_000 + n}",
        groups=(f"g{n % 20}",), site="west" if n % 4 == 0 else "hq",
    )  # fmt: skip


def _dialplan() -> tuple[Rule, ...]:
    """The everyday rules behind the special ones, but for emergencies."""
    own, special = patterns(RULES)[:8], patterns(RULES)[8:]
    ordered = [*own[:2], *special, *own[2:]]
    return tuple(_rule(n, pattern) for n, pattern in enumerate(ordered))


def _rule(n: int, pattern: str) -> Rule:
    emergency = n < 2
    return Rule(
        rule=f"rule{n}", type="emergency" if emergency else ("local", "international")[n % 2],
        match=pattern, strip=0 if emergency else 1, via=(f"gw{n % 3}",),
        when=f"s{n % SCHEDULES}" if n % 5 == 0 and not emergency else None,
    )  # fmt: skip


def _other_gateway(place: int) -> Callable[[System], System]:
    def change(system: System) -> System:
        rules = list(system.dialplan)
        rules[place] = rules[place].model_copy(update={"via": ("gw3",)})
        return replace(system, dialplan=tuple(rules))

    return change


def _one_user(system: System) -> System:
    user = system.users["user00007"].model_copy(update={"permissions": ("international",)})
    return replace(system, users={**system.users, "user00007": user})


def _new_users(system: System) -> System:
    return replace(
        system, users={**system.users, **{f"new{n}": _user(n + 20_000) for n in range(1000)}}
    )


def _catch_all(system: System) -> System:
    rule = Rule(rule="all", type="international", match="9.", strip=1, via=("gw3",))
    return replace(system, dialplan=(*system.dialplan, rule))


def _first_of_all(system: System) -> System:
    rule = Rule(rule="all", type="international", match="9011.", strip=1, via=("gw3",))
    return replace(system, dialplan=(system.dialplan[0], rule, *system.dialplan[1:]))


def _all_rules(system: System) -> System:
    rules = [rule.model_copy(update={"via": ("gw3", *rule.via)}) for rule in system.dialplan]
    return replace(system, dialplan=tuple(rules))


def _all_hours(system: System) -> System:
    longer = ("sat 10:00-12:00",)
    schedules = {
        id_: schedule.model_copy(update={"weekly": schedule.weekly + longer})
        for id_, schedule in system.schedules.items()
    }
    return replace(system, schedules=schedules)


def _all_forwards(system: System) -> System:
    forwards = (Forward(to="95551234", when="s7"),)
    users = {
        id_: user.model_copy(update={"forward": forwards}) for id_, user in system.users.items()
    }
    return replace(system, users=users)


_CHANGES: dict[str, Callable[[System], System]] = {
    "nothing": lambda system: replace(system),
    "one rule of a network, other gateway": _other_gateway(2500),
    "the rule of all calls abroad": _other_gateway(RULES - 3),
    "an emergency rule": _other_gateway(0),
    "a last rule for everything else": _catch_all,
    "a first rule for 3,000 others": _first_of_all,
    "every rule, another gateway first": _all_rules,
    "the hours of every schedule": _all_hours,
    "a forwarding of every user": _all_forwards,
    "one user's permission": _one_user,
    "1,000 new users": _new_users,
}
