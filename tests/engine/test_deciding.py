"""What the SIP engine is told of a dial plan: decisions, and whether the clock is asked again."""

from datetime import UTC, datetime

import pytest

from engine.services import router
from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller
from schema.dialplan.route import route
from schema.models import Forward, Schedule, System, SystemSettings, User

BOB = Caller("user", "bob")
OTHERS = {"bob": "202", "carol": "203"}


def system(forward: tuple[Forward, ...], schedules: dict[str, Schedule]) -> System:
    users = {id_: User(name=id_, extension=number) for id_, number in OTHERS.items()}
    users["alice"] = User(name="Alice", extension="201", forward=forward)
    return System(
        system=SystemSettings(domain="example.test", timezone="UTC"),
        nodes={}, sites={}, groups={}, users=users, phones={}, gateways={},
        schedules=schedules, dialplan=(),
    )  # fmt: skip


def test_a_plan_without_schedules_decides_as_the_route_table_each_time() -> None:
    table = compile_table(system((), {}))
    decide = router.decider(table)
    for number in ("201", "999", "201"):
        assert decide(BOB, number) == route(table, BOB, number, datetime.now(UTC))
    assert decide(BOB, "201") is decide(BOB, "201")


def test_a_plan_with_schedules_asks_the_clock_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    schedules = {"office": Schedule(weekly=("mon-fri 09:00-17:00",))}
    forward = (Forward(to="203", when="office"),)
    decide = router.decider(compile_table(system(forward, schedules)))
    hours = iter((datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 22, 12, tzinfo=UTC)))

    class Clock:
        @staticmethod
        def now(_zone: object) -> datetime:
            return next(hours)

    monkeypatch.setattr(router, "datetime", Clock)
    assert decide(BOB, "201").steps != decide(BOB, "201").steps
