"""REFER: who may send whom where (RFC 3515), and the addresses that transfers use."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip.wire import Request
from schema.dialplan.decision import Step

Make = Callable[..., Any]


def called(output: list[Any]) -> Any:
    """The INVITE that arrives at Bob."""
    [invite] = [each for at, each in output if at == 6002 and isinstance(each, Request)]
    return invite


def talking(node: Any, alice: Any, bob: Any) -> tuple[Any, Any]:
    """The 200 at Alice and the INVITE at Bob of an answered call."""
    invite = called(node.invite(alice, "bob"))
    [(_, ok)] = node.send(bob.answer(invite, 200), bob)
    return ok, invite


def refer(sender: Any, peer: Any, target: str) -> bytes:
    data: bytes = sender.within("REFER", peer, sequence=50)
    return data.replace(b"\r\nContent-Length", f"\r\nRefer-To: {target}\r\nContent-Length".encode())


def outcome(output: list[Any]) -> list[Any]:
    return [getattr(each, "method", None) or each.status for _, each in output]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("<sip:carol@example.test>", "REFER"),
        ("<sip:carol@example.test?Replaces=1%40x%3Bto-tag%3Da&Require=replaces>", "REFER"),
        ("<sip:carol@example.test;method=INVITE>", "REFER"),
        ("<sip:carol@127.0.0.1:6003>", "REFER"),
        ("<sip:9001@example.test>", 403),
        ("<sip:nobody@example.test>", 403),
        ("<sip:carol@elsewhere.test>", 403),
        ("<sip:+1900@127.0.0.9:5071>", 403),
        ("<tel:+1900>", 403),
        ("<sip:carol@example.test?Route=%3Csip:x%3E>", 403),
        ("<sip:carol@example.test?P-Asserted-Identity=x>", 403),
        ("<sip:carol@example.test;method=REGISTER>", 403),
        ("<sip:carol@example.test>, <sip:dave@example.test>", 400),
    ],
)
def test_a_user_sends_others_only_where_they_could_call(
    node: Any, phone: Make, alice: Any, bob: Any, target: str, expected: Any
) -> None:
    node.register(phone("carol", 6003))
    ok, invite = talking(node, alice, bob)
    assert outcome(node.send(refer(alice, ok, target), alice)) == [expected]
    assert outcome(node.send(refer(bob, invite, target), bob)) == [expected]


def test_what_is_asked_is_what_the_referrer_may_call(node: Any, alice: Any, bob: Any) -> None:
    _, invite = talking(node, alice, bob)
    node.plan.asked.clear()
    node.send(refer(bob, invite, "<sip:carol@example.test>"), bob)
    [(caller, number)] = node.plan.asked
    assert (caller.id, number) == ("bob", "carol")


def test_a_referrer_who_is_not_where_they_registered_must_prove_themselves(
    node: Any, alice: Any, bob: Any
) -> None:
    ok, _ = talking(node, alice, bob)
    moved = type(alice)("alice", "127.0.0.1", 6111)
    request = refer(alice, ok, "<sip:carol@example.test>")
    [(_, challenge)] = node.send(request, moved)
    assert challenge.status == 407
    assert outcome(node.send(alice.authorize(request, challenge), moved)) == ["REFER"]


def test_a_gateway_sends_a_phone_to_users_only(node: Any, bob: Any, phone: Make) -> None:
    gateway = phone("one", 5071)
    gateway.host = "127.0.0.9"
    invite = called(node.send(gateway.request("INVITE", "sip:bob@example.test"), gateway))
    [(_, ok)] = node.send(bob.answer(invite, 200), bob)
    node.plan.steps["91212"] = (Step("gateway", "two", "+1212"),)
    assert outcome(node.send(refer(gateway, ok, "<sip:91212@example.test>"), gateway)) == [403]
    assert outcome(node.send(refer(gateway, ok, "<sip:carol@example.test>"), gateway)) == ["REFER"]


def test_a_gateway_refers_nobody_out_of_a_call(node: Any, bob: Any, phone: Make) -> None:
    gateway = phone("one", 5071)
    gateway.host = "127.0.0.9"
    headers = ("Refer-To: <sip:carol@example.test>",)
    request = gateway.request("REFER", "sip:bob@example.test", headers=headers)
    assert outcome(node.send(request, gateway)) == [403]


def test_the_contact_of_a_phone_can_be_called_as_a_transfer_does(
    node: Any, phone: Make, alice: Any, bob: Any
) -> None:
    node.register(phone("bob", 6022))
    request = alice.request("INVITE", "sip:bob@127.0.0.1:6002")
    [(_, challenge)] = node.send(request, alice)
    assert challenge.status == 407
    output = node.send(alice.authorize(request, challenge), alice)
    ports = [port for port, each in output if isinstance(each, Request) and each.method == "INVITE"]
    assert ports == [6002]


INSTANCE = "<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"
GRUU = ("Supported: gruu",)


def with_gruu(node: Any, phone: Make, port: int, call_id: str) -> tuple[str, str]:
    """Register a phone of Bob's; its public and temporary GRUU."""
    bob = phone("bob", port)
    bob.sequence = 10 * len(node.events)
    bob.contact += f'>;+sip.instance="{INSTANCE}";x=y'
    answer = node.register(bob, headers=GRUU, call_id=call_id)
    fields = [value for value in answer.values(b"contact") if b"gruu" in value]
    text = fields[-1].decode()
    return text.split('pub-gruu="')[1].split('"')[0], text.split('temp-gruu="')[1].split('"')[0]


def rung(node: Any, alice: Any, uri: str) -> Any:
    """Ports that an INVITE to a URI reaches, or the status it is refused with."""
    request = alice.request("INVITE", uri)
    [(_, challenge)] = node.send(request, alice)
    output = node.send(alice.authorize(request, challenge), alice)
    ports = [port for port, each in output if isinstance(each, Request)]
    return ports or output[-1][1].status


def test_a_gruu_leads_to_one_phone(node: Any, phone: Make, alice: Any, bob: Any) -> None:
    public, temporary = with_gruu(node, phone, 6022, "one")
    assert public == f"sip:bob@example.test;gr={INSTANCE[1:-1]}"
    assert "bob" not in temporary
    assert [rung(node, alice, uri) for uri in (public, temporary)] == [[6022], [6022]]
    assert rung(node, alice, "sip:bob@example.test") == [6002, 6022]


def test_a_temporary_gruu_ends_with_its_registration(node: Any, phone: Make, alice: Any) -> None:
    public, old = with_gruu(node, phone, 6022, "one")
    _, same = with_gruu(node, phone, 6022, "one")
    assert (rung(node, alice, old), rung(node, alice, same)) == ([6022], [6022])
    _, new = with_gruu(node, phone, 6022, "two")
    assert (rung(node, alice, old), rung(node, alice, new)) == (480, [6022])
    node.wait(3700)
    node.register(alice)
    assert (rung(node, alice, public), rung(node, alice, new)) == (480, 480)


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("sip:bob@example.test;gr=urn:uuid:other", 480),
        ("sip:nobody@example.test;gr=urn:uuid:other", 404),
        ("sip:tgruu.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA@example.test;gr", 404),
        ("sip:tgruu.%FF@example.test;gr", 404),
        ("sip:tgruu.@example.test;gr", 404),
        ("sip:bob@example.test;gr", 404),
    ],
)
def test_a_gruu_of_nobody_leads_nowhere(
    node: Any, alice: Any, bob: Any, uri: str, status: int
) -> None:
    assert rung(node, alice, uri) == status


def test_a_gruu_within_a_call_becomes_the_contact_of_the_phone(
    node: Any, phone: Make, alice: Any
) -> None:
    public, _ = with_gruu(node, phone, 6022, "one")
    bob = phone("bob", 6022)
    output = node.invite(alice, "bob")
    [invite] = [each for at, each in output if at == 6022]
    bob.contact = public
    [(_, ok)] = node.send(bob.answer(invite, 200), bob)
    [(port, bye)] = node.send(alice.within("BYE", ok, sequence=9), alice)
    assert (port, bye.uri) == (6022, b"sip:bob@127.0.0.1:6022")
