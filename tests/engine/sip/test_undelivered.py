"""Datagrams that cannot be delivered: who hears of it, and who does not."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from lines import EVERYWHERE, Line
from ports import free_port

from engine.sip import GatewayFailed, Peer, SipServer
from schema.dialplan.decision import Step

Connect = Callable[..., Awaitable[Line]]


@pytest.mark.parametrize("six", [False, True])
async def test_a_gateway_whose_port_is_closed_is_passed_over_at_once(
    everywhere: SipServer,
    dial: Connect,
    make_config: Callable[..., Any],
    events: list[Any],
    six: bool,
) -> None:
    host = "::1" if six else "127.0.0.1"
    alive = await dial("gateway", "udp", six=six)
    assert everywhere.certificates.loaded is not None
    config, plan = make_config(
        peers={
            "dead": Peer("dead", host, free_port()),
            "alive": Peer("alive", host, alive.phone.port),
        },
        certificate=everywhere.certificates.loaded.files,
    )
    plan.steps["5551234"] = (
        Step("gateway", "dead", "1", answer_within=4.0),
        Step("gateway", "alive", "2", failover=True),
    )
    await everywhere.reconfigure(config, EVERYWHERE)
    alice = await dial("alice", "udp", six=six)
    started = time.monotonic()
    await alice.invite("5551234")
    assert (await alive.receive("INVITE")).target.user == "2"
    assert time.monotonic() - started < 2
    assert [(each.gateway, each.status) for each in events if isinstance(each, GatewayFailed)] == [
        ("dead", 503)
    ]


async def test_a_phone_that_is_gone_costs_no_other_phone_its_call(
    everywhere: SipServer, dial: Connect
) -> None:
    """The kernel tells the error of one datagram when the next one is sent."""
    alice, bob, carol = [await dial(user, "udp") for user in ("alice", "bob", "carol")]
    steps = (Step("user", "bob", "600"), Step("user", "carol", "600", parallel=True))
    everywhere.plan.steps["600"] = steps  # type: ignore[attr-defined]
    await bob.register()
    await carol.register()
    bob.close()
    await asyncio.sleep(0.05)
    for _ in range(5):
        await alice.invite("600")
        invite = await carol.receive("INVITE")
        carol.send(carol.phone.answer(invite, 486))
        await alice.receive(486)


async def test_a_call_to_a_phone_that_is_gone_ends_at_once(dial: Connect) -> None:
    alice, bob = await dial("alice", "udp"), await dial("bob", "udp")
    await bob.register()
    bob.close()
    await asyncio.sleep(0.05)
    await alice.invite("bob")
    async with asyncio.timeout(2):
        await alice.receive(480)
