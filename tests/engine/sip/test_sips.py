"""sips: only where everything on the way is encrypted (RFC 5630)."""

from collections.abc import Awaitable, Callable

import pytest
from lines import Line

Connect = Callable[..., Awaitable[Line]]


@pytest.mark.parametrize("transport", ["udp", "tcp", "ws"])
async def test_a_sips_request_over_what_anybody_can_read_is_refused(
    dial: Connect, transport: str
) -> None:
    alice = await dial("alice", transport)
    alice.send(alice.phone.request("INVITE", "sips:bob@example.test"))
    refusal = await alice.receive(480)
    assert refusal.reason == b"SIPS Needs TLS"


@pytest.mark.parametrize("transport", ["udp", "tcp", "ws"])
async def test_a_sips_call_does_not_ring_a_phone_without_tls(dial: Connect, transport: str) -> None:
    alice, bob = await dial("alice", "tls"), await dial("bob", transport)
    await bob.register()
    await alice.invite("bob", "sips")
    await alice.receive(480)
    assert bob.messages.empty()


@pytest.mark.parametrize("far", ["tls", "wss"])
async def test_a_sips_call_records_a_sips_route(dial: Connect, far: str) -> None:
    alice, bob = await dial("alice", "tls"), await dial("bob", far)
    bob.phone.contact = bob.phone.contact.replace("sip:", "sips:")
    await bob.register()
    await alice.invite("bob", "sips")
    invite = await bob.receive("INVITE")
    assert invite.target.scheme == b"sips"
    routes = invite.values(b"record-route")
    assert all(route.startswith(b"<sips:") for route in routes)
    bob.send(bob.phone.answer(invite, 200))
    ok = await alice.receive(200)
    alice.send(alice.phone.within("ACK", ok))
    await bob.receive("ACK")
    alice.send(alice.phone.within("BYE", ok, sequence=9))
    bob.send(bob.phone.answer(await bob.receive("BYE"), 200))
    await alice.receive(200)
