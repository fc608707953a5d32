"""Counts beside the table of calls: whatever happens in whatever order, they are what it holds."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.sip import Flow, ListenAddress
from engine.sip.calls import Call, Calls
from engine.sip.proxy.branch import Target
from engine.sip.wire import Response, parse_message

UDP = ListenAddress("udp", "127.0.0.1", 5060)
USERS, GATEWAYS = ("alice", "bob"), ("one", "two")
KEYS = [(b"c%d" % number, b"t") for number in range(4)]
ANSWER = parse_message(
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=t\r\n"
    b"To: <sip:c@b>;tag=u\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
)


def target(name: str) -> Target:
    return Target(b"sip:x@y", Flow(UDP, "127.0.0.1", 5070), name, name in GATEWAYS)


def begin(calls: Calls, key: Any, name: str, at: float) -> None:
    user = name if name in USERS else ""
    calls.begin(key, Call("c", name, "1", "x", at, user=user))


def answer(calls: Calls, key: Any, name: str, at: float) -> None:
    assert isinstance(ANSWER, Response)
    calls.answer(key, target(name), ANSWER, at)


ACTS: dict[str, Callable[[Calls, Any, str, float], None]] = {
    "begin": begin,
    "answer": answer,
    "engage": lambda calls, key, name, at: name in GATEWAYS and calls.engage(key, name),
    "disengage": lambda calls, key, name, at: calls.disengage(key, name),
    "ring": lambda calls, key, name, at: calls.ring(key, target(name), b"<sip:c@b>;tag=u"),
    "end": lambda calls, key, name, at: calls.end(key, 200, at),
}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(ACTS)), st.sampled_from(KEYS), st.sampled_from(USERS + GATEWAYS)
        ),
        max_size=60,
    )
)
def test_nothing_is_counted_that_no_call_takes(acts: list[tuple[str, Any, str]]) -> None:
    calls = Calls(lambda event: None)
    for at, (act, key, name) in enumerate(acts):
        ACTS[act](calls, key, name, float(at))
        active = calls.all()
        channels = Counter(gateway for call in active for gateway in call.gateways)
        placed = Counter(call.user for call in active if call.user)
        busy = set(placed) | {call.legs[0].user for call in active if call.answered}
        for gateway in GATEWAYS:
            assert calls.occupancy.carried_by(gateway) == channels[gateway]
        for user in USERS:
            assert calls.occupancy.placed_by(user) == placed[user]
            assert calls.occupancy.is_busy(user) == (user in busy)
    for key in KEYS:
        calls.end(key, 200, 99.0)
    assert not any(map(calls.occupancy.carried_by, GATEWAYS))
    assert not any(map(calls.occupancy.is_busy, USERS))


def test_the_end_of_a_call_is_remembered_of_both_and_of_nobody_who_is_no_more() -> None:
    calls = Calls(lambda event: None)
    begin(calls, KEYS[0], "alice", 1.0)
    answer(calls, KEYS[0], "bob", 2.0)
    calls.end(KEYS[0], 200, 3.0)
    assert (calls.occupancy.ended_at("alice"), calls.occupancy.ended_at("bob")) == (3.0, 3.0)
    calls.occupancy.keep({"bob"})
    assert (calls.occupancy.ended_at("alice"), calls.occupancy.ended_at("bob")) == (0.0, 3.0)


def test_a_call_that_comes_back_from_a_gateway_takes_a_channel_more() -> None:
    calls = Calls(lambda event: None)
    begin(calls, KEYS[0], "alice", 1.0)
    calls.engage(KEYS[0], "one")
    begin(calls, KEYS[0], "one", 1.0)
    assert calls.occupancy.carried_by("one") == 2
    calls.end(KEYS[0], 200, 2.0)
    assert calls.occupancy.carried_by("one") == 0
