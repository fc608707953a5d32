"""Phones behind NAT are sent something often enough, evenly, and no longer than they want it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from engine.sip import Flow, ListenAddress
from engine.sip.location import Binding
from engine.sip.wire import parse_message

UDP = ListenAddress("udp", "127.0.0.1", 5060)
HOME = Flow(UDP, "198.51.100.7", 40_000)


def binding(number: int = 0, flow: Flow = HOME, expires: float = 4e9) -> Binding:
    """Alice's phone at home, which thinks it is at 192.168.1.9."""
    host, port = "192.168.1.9", 5060 + number
    return Binding(
        user=f"alice{number}", device="", contact=f"sip:alice@{host}:{port}",
        parameters="", priority=1.0, expires=expires,
        call_id="c", sequence=1, user_agent="", flow=flow, registered=0.0,
    )  # fmt: skip


def asked(node: Any, seconds: float) -> list[tuple[float, Flow, bytes]]:
    """What is sent in that time, and when."""
    sent = []
    for _ in range(round(seconds / 0.02)):
        node.now += 0.02
        node.core.advance(node.now)
        sent += [(node.now, flow, data) for flow, data, _ in node.core.output]
        node.core.output.clear()
    return sent


def test_a_phone_behind_nat_is_asked_every_interval(node: Any) -> None:
    node.core.location.save(binding())

    sent = asked(node, 100)

    assert [flow for _, flow, _ in sent] == [HOME] * 4
    times = [at for at, _, _ in sent]
    gaps = [after - before for before, after in pairwise(times)]
    assert all(abs(gap - 25) < 0.2 for gap in gaps), gaps
    request = parse_message(sent[0][2])
    assert request.start_line == b"OPTIONS sip:alice@192.168.1.9:5060 SIP/2.0"


def test_its_answer_is_not_taken_for_a_stray_one(node: Any, phone: Callable[..., Any]) -> None:
    node.core.location.save(binding())
    [(_, _, data)] = asked(node, 25.2)

    answer = phone("alice").answer(parse_message(data), 200)
    assert node.send(answer, phone("alice")) == []

    assert node.core.counts["keep-alives answered"] == 1
    assert node.core.counts["stray responses"] == 0


def test_ten_thousand_phones_are_asked_evenly(node: Any) -> None:
    for number in range(10_000):
        node.core.location.save(binding(number))

    sent = asked(node, 25.2)

    assert 9_900 < len({data.split(b" ")[1] for _, _, data in sent}) <= 10_000
    in_a_tick = Counter(at for at, _, _ in sent)
    assert max(in_a_tick.values()) < 80  # 40 in each tenth of a second, give or take chance


def test_nobody_else_is_asked(node: Any) -> None:
    in_the_office, over_tcp = binding(1), binding(2)
    flow = Flow(UDP, "192.168.1.9", 5061)
    node.core.location.save(in_the_office._replace(flow=flow))
    tcp = HOME._replace(listener=UDP._replace(transport="tcp"))
    node.core.location.save(over_tcp._replace(flow=tcp))

    assert asked(node, 60) == []
    assert not node.core.wheel


def test_who_left_or_moved_is_not_asked_again(node: Any) -> None:
    left, moved = binding(1), binding(2)
    for each in (left, moved):
        node.core.location.save(each)
    node.core.location.remove(left)
    there = moved._replace(flow=Flow(UDP, "198.51.100.7", 41_000))
    node.core.location.save(there, moved)

    assert {flow.port for _, flow, _ in asked(node, 60)} == {41_000}
    node.core.location.remove(there)
    assert asked(node, 60) == []
    assert not node.core.wheel


def test_a_phone_that_a_router_stands_before_is_told_by_its_changed_port(
    node: Any,
) -> None:
    """Its router put the public address into the contact and left the port (a SIP ALG)."""
    rewritten = binding()._replace(contact=f"sip:alice@{HOME.host}:5060")
    node.core.location.save(rewritten)

    assert len(asked(node, 25.2)) == 1


def test_the_interval_can_be_changed_and_turned_off(node: Any) -> None:
    node.core.location.save(binding())

    node.configure(replace(node.config, keep_alive=10.0))
    assert len(asked(node, 40)) == 4

    node.configure(replace(node.config, keep_alive=None))
    assert asked(node, 60) == []
    assert not node.core.wheel
