"""What the SIP engine is told of a dial plan: decisions, and whether the clock is asked again."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.services import deciding
from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller
from schema.dialplan.route import route
from schema.models import Forward, Gateway, Schedule, System, SystemSettings, User
from schema.models.gateway import Inbound

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
    decide = deciding.decider(table)
    for number in ("201", "999", "201"):
        assert decide(BOB, number) == route(table, BOB, number, datetime.now(UTC))
    assert decide(BOB, "201") is decide(BOB, "201")


def test_a_plan_with_schedules_asks_the_clock_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    schedules = {"office": Schedule(weekly=("mon-fri 09:00-17:00",))}
    forward = (Forward(to="203", when="office"),)
    decide = deciding.decider(compile_table(system(forward, schedules)))
    hours = iter((datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 22, 12, tzinfo=UTC)))

    class Clock:
        @staticmethod
        def now(_zone: object) -> datetime:
            return next(hours)

    monkeypatch.setattr(deciding, "datetime", Clock)
    assert decide(BOB, "201").steps != decide(BOB, "201").steps


# Callers from outside


def doors(*, anonymous: bool, block: tuple[str, ...]) -> System:
    """Bob, and a gateway that lets in whom these say."""
    inbound = Inbound(anonymous=anonymous, block=block)
    gateway = Gateway(address="192.0.2.1", inbound=inbound)
    return replace(system((), {}), gateways={"pstn": gateway})


def outside(number: str) -> Caller:
    return Caller("gateway", "pstn", number)


def test_one_decision_is_remembered_for_all_callers_whom_nobody_blocks() -> None:
    table = compile_table(doors(anonymous=False, block=("+1900.",)))
    decide = deciding.decider(table)
    known = decide(outside("+12125550001"), "202")
    assert decide(outside("+12125550002"), "202") is known
    assert decide(outside("2125550003"), "202") is known
    assert decide(outside("+19005550001"), "202").status == 603
    assert decide(outside("9005550001"), "202").status == 603  # as it is written here
    assert decide(outside(""), "202").status == 433


def test_who_has_no_number_is_nobody_else_where_all_are_let_in() -> None:
    decide = deciding.decider(compile_table(doors(anonymous=True, block=())))
    assert decide(outside(""), "202") is decide(outside("+12125550001"), "202")


NUMBERS = st.sampled_from(["", "+19005551234", "19005551234", "9005551234", "+442071838750", "joe"])
BLOCKS = st.lists(st.sampled_from(["+1900.", "+44!", "9005551234"]), unique=True)


@given(st.booleans(), BLOCKS, st.lists(NUMBERS))
def test_what_is_remembered_is_what_the_route_table_says(
    anonymous: bool, block: list[str], numbers: list[str]
) -> None:
    table = compile_table(doors(anonymous=anonymous, block=tuple(block)))
    decide = deciding.decider(table)
    for number in numbers:
        expected = route(table, outside(number), "202", datetime.now(UTC))
        assert decide(outside(number), "202") == expected
