from collections.abc import Callable
from datetime import UTC, datetime

from schema.dialplan.compile import compile_table
from schema.dialplan.decision import Caller, Step
from schema.dialplan.route import route
from schema.dialplan.search import MAX_FORWARDS
from schema.models import Forward, System, User

MONDAY_NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, 17, tzinfo=UTC)
BOB = Caller("user", "bob")
OUTSIDE = Caller("gateway", "pstn")


def called(system: System, number: str, at: datetime = MONDAY_NOON) -> list[Step]:
    return list(route(compile_table(system), OUTSIDE, number, at).steps)


def timing(steps: list[Step]) -> list[tuple[str, float | None, bool]]:
    return [(step.target, step.timeout, step.parallel) for step in steps]


def test_a_forward_rings_after_its_time(with_forwards: Callable[..., System]) -> None:
    system = with_forwards(alice=[{"to": "+12125550204", "after": "20s"}])
    assert timing(called(system, "201")) == [("alice", 20.0, False), ("dave", None, False)]


def test_a_forward_at_once_rings_in_parallel(with_forwards: Callable[..., System]) -> None:
    system = with_forwards(alice=[{"to": "+12125550204", "after": "0s"}])
    assert timing(called(system, "201")) == [("alice", None, False), ("dave", None, True)]


def test_forwards_make_a_timeline(with_forwards: Callable[..., System]) -> None:
    system = with_forwards(
        alice=[
            {"to": "+12125559999", "after": "30s"},
            {"to": "202", "after": "10s"},
            {"to": "+12125550204", "after": "30s"},
        ]
    )
    steps = called(system, "201")
    assert timing(steps) == [
        ("alice", 10.0, False),
        ("bob", 20.0, False),
        ("pstn", None, False),
        ("dave", None, True),
        ("backup", None, False),
    ]
    assert [step.failover for step in steps] == [False, False, False, False, True]


def test_a_forwarded_users_forwards_follow_at_their_own_time(
    with_forwards: Callable[..., System],
) -> None:
    system = with_forwards(
        alice=[{"to": "202", "after": "10s"}], bob=[{"to": "+12125550204", "after": "15s"}]
    )
    assert timing(called(system, "201")) == [
        ("alice", 10.0, False),
        ("bob", 15.0, False),
        ("dave", None, False),
    ]


def test_a_closed_forward_does_not_ring(with_forwards: Callable[..., System]) -> None:
    system = with_forwards(alice=[{"to": "+12125550204", "when": "office_hours"}])
    assert [s.target for s in called(system, "201", MONDAY_NOON)] == ["alice", "dave"]
    assert [s.target for s in called(system, "201", SUNDAY)] == ["alice"]


def test_a_forward_uses_permissions_and_caller_id_of_who_forwards(
    with_forwards: Callable[..., System],
) -> None:
    outside = [{"to": "+12125559999", "after": "20s"}]
    steps = called(with_forwards(alice=outside), "201")
    assert [(s.target, s.caller_id) for s in steps[1:]] == [
        ("pstn", "+12125550201"),
        ("backup", "+12125550201"),
    ]
    assert [s.target for s in called(with_forwards(bob=outside), "202")] == ["bob"]


def test_a_forward_never_dials_emergency(with_forwards: Callable[..., System]) -> None:
    steps = called(with_forwards(alice=[{"to": "9911"}]), "201")
    assert [s.target for s in steps] == ["alice"]


def test_a_loop_of_forwards_rings_each_user_once(with_forwards: Callable[..., System]) -> None:
    system = with_forwards(
        alice=[{"to": "202", "after": "0s"}, {"to": "201", "after": "5s"}],
        bob=[{"to": "201", "after": "0s"}],
    )
    assert [s.target for s in called(system, "201")] == ["alice", "bob"]


def test_a_forward_to_the_one_who_calls_is_left_out(with_forwards: Callable[..., System]) -> None:
    table = compile_table(with_forwards(alice=[{"to": "202", "after": "0s"}]))
    assert [s.target for s in route(table, BOB, "201", SUNDAY).steps] == ["alice"]
    own = compile_table(with_forwards(bob=[]))
    assert [s.target for s in route(own, BOB, "202", SUNDAY).steps] == ["bob"]


def test_a_forward_to_a_disabled_user_is_left_out(with_forwards: Callable[..., System]) -> None:
    assert [s.target for s in called(with_forwards(alice=[{"to": "203"}]), "201")] == ["alice"]


def test_a_chain_of_forwards_has_an_end(office: System) -> None:
    chain = {
        f"u{place}": User(
            name="U", extension=f"3{place:02}", forward=(Forward(to=f"3{place + 1:02}"),)
        )
        for place in range(20)
    }
    fields = {name: getattr(office, name) for name in System.__slots__}
    system = System(**fields | {"users": {**office.users, **chain}})
    assert len(called(system, "300")) == MAX_FORWARDS + 1


def test_a_gateways_call_follows_forwards_too(with_forwards: Callable[..., System]) -> None:
    table = compile_table(with_forwards(alice=[{"to": "+12125559999"}]))
    decision = route(table, Caller("gateway", "backup"), "2125550201", MONDAY_NOON)
    assert [s.target for s in decision.steps] == ["alice", "pstn", "backup"]
