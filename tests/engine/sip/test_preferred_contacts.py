"""Contacts of one user with different q: the preferred ones first (RFC 3261 section 16.6)."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip.wire import Request
from schema.dialplan.decision import Step

Make = Callable[..., Any]


@pytest.fixture
def registered(node: Any, phone: Make) -> Make:
    """Register a phone of a user at a port with a q."""

    def make(user: str, port: int, q: str = "") -> Any:
        made = phone(user, port)
        if q:
            write = made.register
            contact = f"<{made.contact}>"
            made.register = lambda **changes: write(**changes).replace(
                contact.encode(), f"{contact};q={q}".encode()
            )
        node.register(made)
        return made

    return make


def invited(output: list[Any]) -> list[int]:
    """Ports that got an INVITE, in order, each once."""
    return list(
        dict.fromkeys(port for port, m in output if isinstance(m, Request) and m.method == "INVITE")
    )


def invite_at(output: list[Any], port: int) -> Request:
    return next(m for to, m in output if to == port and isinstance(m, Request))


@pytest.fixture
def ring(node: Any) -> Make:
    """Send a provisional response."""

    def send(output: list[Any], phone: Any) -> Request:
        invite = invite_at(output, phone.port)
        node.send(phone.answer(invite, 180), phone)
        return invite

    return send


def test_equal_ones_ring_at_once(node: Any, alice: Any, registered: Make) -> None:
    for port in (6011, 6012):
        registered("bob", port, "0.7")
    assert invited(node.invite(alice, "bob")) == [6011, 6012]


def test_a_lower_one_rings_when_all_higher_ones_failed(
    node: Any, alice: Any, registered: Make, ring: Make
) -> None:
    low = registered("bob", 6013, "0.1")
    high = [registered("bob", port, "0.9") for port in (6011, 6012)]
    output = node.invite(alice, "bob")
    assert invited(output) == [6011, 6012]
    first, second = (ring(output, each) for each in high)
    assert invited(node.send(high[0].answer(first, 486), high[0])) == []
    output = node.send(high[1].answer(second, 480), high[1])
    assert invited(output) == [6013]
    output = node.send(low.answer(invite_at(output, 6013), 200), low)
    assert [(port, m.status) for port, m in output] == [(6001, 200)]


def test_a_lower_one_rings_after_its_share_of_the_time_and_the_higher_one_rings_on(
    node: Any, alice: Any, registered: Make, ring: Make
) -> None:
    node.plan.steps["500"] = (
        Step("user", "bob", "bob", timeout=20.0),
        Step("user", "carol", "carol"),
    )
    desk, low, carol = registered("bob", 6011), registered("bob", 6012, "0.5"), "carol"
    registered(carol, 6014)
    output = node.invite(alice, "500")
    assert invited(output) == [6011]
    at_desk = ring(output, desk)
    assert invited(node.wait(9.9)) == []
    output = node.wait(0.3)
    assert invited(output) == [6012]
    at_low = ring(output, low)
    output = node.wait(9.9)  # the time of the step is that of both
    assert invited(output) == [6014]
    assert sorted(port for port, m in output if getattr(m, "method", "") == "CANCEL") == [
        6011, 6012,
    ]  # fmt: skip
    assert at_desk.call_id == at_low.call_id


def test_without_a_time_of_the_step_each_rank_gets_a_quarter_of_a_minute(
    node: Any, alice: Any, registered: Make, ring: Make
) -> None:
    phones = [registered("bob", 6011 + place, q) for place, q in enumerate(("1", "0.5", "0.2"))]
    output = node.invite(alice, "bob")
    seen = invited(output)
    for phone in phones[:2]:
        ring(output, phone)
        output = node.wait(15.1)
        seen += invited(output)
    assert seen == [6011, 6012, 6013]


def test_who_picks_up_keeps_the_lower_ones_from_ringing(
    node: Any, alice: Any, registered: Make, ring: Make
) -> None:
    desk = registered("bob", 6011)
    registered("bob", 6012, "0.5")
    invite = ring(node.invite(alice, "bob"), desk)
    node.send(desk.answer(invite, 200), desk)
    assert 6012 not in [port for port, _ in node.wait(40)]


def test_a_decline_keeps_the_lower_ones_from_ringing(
    node: Any, alice: Any, registered: Make
) -> None:
    desk = registered("bob", 6011)
    registered("bob", 6012, "0.5")
    invite = invite_at(node.invite(alice, "bob"), 6011)
    output = node.send(desk.answer(invite, 603), desk)
    assert [(port, m.status) for port, m in output if port == 6001] == [(6001, 603)]
    assert 6012 not in [port for port, _ in node.wait(40)]


def test_a_caller_who_gives_up_leaves_nobody_waiting(
    node: Any, alice: Any, registered: Make, ring: Make
) -> None:
    desk = registered("bob", 6011)
    registered("bob", 6012, "0.5")
    request = alice.request("INVITE", "sip:bob@example.test")
    [(_, challenge)] = node.send(request, alice)
    request = alice.authorize(request, challenge)
    invite = ring(node.send(request, alice), desk)
    node.send(request.replace(b"INVITE", b"CANCEL"), alice)
    node.send(desk.answer(invite, 487), desk)
    assert 6012 not in [port for port, _ in node.wait(40)]
    node.wait(200)
    assert len(node.core.wheel) == 0


def test_users_who_ring_together_each_have_their_own_order(
    node: Any, alice: Any, registered: Make
) -> None:
    """Carol prefers nothing: her only contact rings at once, whatever its q is."""
    node.plan.steps["500"] = (
        Step("user", "bob", "bob", timeout=20.0),
        Step("user", "carol", "carol", timeout=20.0, parallel=True),
    )
    desk = registered("bob", 6011)
    registered("bob", 6012, "0.5")
    registered("carol", 6014, "0.1")
    output = node.invite(alice, "500")
    assert invited(output) == [6011, 6014]
    output = node.send(desk.answer(invite_at(output, 6011), 486), desk)
    assert invited(output) == [6012]


def test_the_next_step_follows_when_the_last_rank_failed(
    node: Any, alice: Any, registered: Make
) -> None:
    node.plan.steps["500"] = (Step("user", "bob", "bob"), Step("user", "carol", "carol"))
    phones = [registered("bob", 6011), registered("bob", 6012, "0.5")]
    registered("carol", 6014)
    output = node.invite(alice, "500")
    for phone in phones:
        output = node.send(phone.answer(invite_at(output, phone.port), 486), phone)
    assert invited(output) == [6014]
