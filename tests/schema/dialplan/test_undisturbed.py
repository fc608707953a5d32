"""Do not disturb, pickup, and hours in the time zone of whoever is concerned."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller, Decision
from schema.dialplan.route import route
from schema.models import HuntGroup, Rule, Schedule, Site, System, User

MONDAY_NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, 17, tzinfo=UTC)
BOB = Caller("user", "bob")


def call(system: System, number: str, at: datetime = MONDAY_NOON, caller: Caller = BOB) -> Decision:
    return route(compile_table(system), caller, number, at)


def with_user(system: System, id_: str, **fields: Any) -> System:
    user = system.users[id_].model_copy(update=fields)
    return replace(system, users={**system.users, id_: user})


def test_who_is_not_to_be_disturbed_does_not_ring(office: System) -> None:
    decision = call(with_user(office, "alice", do_not_disturb=True), "201")
    assert (decision.status, decision.reason) == (480, "alice is not to be disturbed")


def test_peace_holds_in_its_schedule(office: System) -> None:
    quiet = with_user(office, "alice", do_not_disturb="office_hours")
    assert call(quiet, "201").status == 480
    assert call(quiet, "201", SUNDAY).status == 200


def test_forwardings_ring_at_once_instead(with_forwards: Callable[..., System]) -> None:
    forwards = with_forwards(alice=[{"to": "+12125550204", "after": "20s"}])
    steps = call(with_user(forwards, "alice", do_not_disturb=True), "201").steps
    assert [(step.target, step.timeout) for step in steps] == [("dave", None)]


def test_emergency_calls_of_the_undisturbed_go_out(office: System) -> None:
    quiet = with_user(office, "alice", do_not_disturb=True)
    assert call(quiet, "911", caller=Caller("user", "alice")).status == 200


PICKUP = Rule(rule="pickup", type="pickup", match=("*78", "*78X!"), strip=3)


def with_pickup(office: System) -> System:
    users = {
        "eve": User(name="Eve", extension="206", groups=("sales",)),
        "fay": User(name="Fay", extension="207", groups=("sales", "lab")),
        "guy": User(name="Guy", extension="208", groups=("lab",)),
    }
    groups = {**office.groups, "lab": office.groups["sales"]}
    team = HuntGroup(extension="400", members=("alice", "eve"))
    return replace(
        office, users={**office.users, **users}, groups=groups, hunt_groups={"team": team},
        dialplan=(PICKUP, *office.dialplan),
    )  # fmt: skip


def picked(system: System, number: str, caller: str) -> tuple[int, tuple[str, ...]]:
    decision = call(system, number, caller=Caller("user", caller))
    return decision.status, decision.steps[0].members if decision.steps else ()


def test_a_code_with_a_number_picks_up_for_one_user(office: System) -> None:
    assert picked(with_pickup(office), "*78201", "eve") == (200, ("alice",))


def test_a_code_with_a_groups_number_picks_up_for_its_members(office: System) -> None:
    assert picked(with_pickup(office), "*78400", "eve") == (200, ("alice",))


def test_a_bare_code_picks_up_in_ones_own_groups(office: System) -> None:
    system = with_pickup(office)
    assert picked(system, "*78", "eve") == (200, ("alice", "fay"))
    assert picked(system, "*78", "fay") == (200, ("alice", "eve", "guy"))


def test_there_is_nothing_to_pick_up_for_nobody(office: System) -> None:
    system = with_pickup(office)
    assert picked(system, "*78299", "eve") == (404, ())
    assert picked(system, "*78", "bob") == (404, ())
    assert picked(system, "*78206", "eve") == (404, ())


def test_outsiders_pick_up_nothing(office: System) -> None:
    assert call(with_pickup(office), "*78201", caller=Caller("gateway", "pstn")).status == 404


def test_hours_hold_where_the_caller_is(office: System) -> None:
    """17:00 to 18:00 in Berlin is 11:00 to 12:00 in New York: neither is the other's."""
    site = Site(permissions=("local",), timezone="Europe/Berlin")
    office = replace(office, sites={**office.sites, "berlin": site})
    office = with_user(office, "bob", site="berlin")
    evening = datetime(2026, 3, 2, 19, tzinfo=UTC)  # 14:00 in New York, 20:00 in Berlin
    assert call(office, "95551234", evening, Caller("user", "alice")).rule == "local"
    assert call(office, "95551234", evening, BOB).rule == "evening"


def test_a_schedule_with_a_time_zone_holds_at_one_moment_for_all(office: System) -> None:
    hours = Schedule(weekly=("mon-fri 09:00-17:30",), timezone="America/New_York")
    site = Site(permissions=("local",), timezone="Europe/Berlin")
    office = replace(
        office, sites={**office.sites, "berlin": site}, schedules={"office_hours": hours}
    )
    evening = datetime(2026, 3, 2, 19, tzinfo=UTC)
    assert call(with_user(office, "bob", site="berlin"), "95551234", evening).rule == "local"


def test_forwardings_hold_where_the_forwarding_user_is(
    with_forwards: Callable[..., System],
) -> None:
    system = with_forwards(alice=[{"to": "+12125550204", "after": "5s", "when": "office_hours"}])
    site = Site(timezone="Asia/Tokyo")
    system = with_user(
        replace(system, sites={**system.sites, "tokyo": site}), "alice", site="tokyo"
    )
    morning = datetime(2026, 3, 3, 1, tzinfo=UTC)  # 10:00 in Tokyo, 20:00 the day before here
    assert [s.target for s in call(system, "201", morning).steps] == ["alice", "dave"]
    assert [s.target for s in call(system, "201").steps] == ["alice"]
