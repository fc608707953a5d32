"""What the callee is told of the caller (RFC 3323, RFC 3325), and whom a 3xx reaches."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip.wire import Request, Response
from schema.dialplan.decision import Step

Make = Callable[..., Any]
ANONYMOUS = "sip:anonymous@anonymous.invalid"


def invite_at(output: list[Any], port: int) -> Request:
    [invite] = [
        each for at, each in output if at == port and getattr(each, "method", "") == "INVITE"
    ]
    assert isinstance(invite, Request)
    return invite


def asserted(node: Any, caller: Any, **changes: Any) -> list[bytes]:
    return invite_at(node.invite(caller, "bob", **changes), 6002).values(b"p-asserted-identity")


def test_the_callee_is_told_the_name_that_the_tree_has(node: Any, alice: Any, bob: Any) -> None:
    assert asserted(node, alice) == [b'"Alice" <sip:alice@example.test>']


def test_a_callers_own_claims_are_not_passed_on(node: Any, alice: Any, bob: Any) -> None:
    claims = (
        'P-Asserted-Identity: "The Boss" <sip:carol@example.test>',
        "Remote-Party-ID: <sip:carol@example.test>;party=calling",
    )
    invite = invite_at(node.invite(alice, "bob", headers=claims), 6002)
    assert invite.values(b"p-asserted-identity") == [b'"Alice" <sip:alice@example.test>']
    assert invite.value(b"remote-party-id") is None


@pytest.mark.parametrize(
    ("preferred", "told"),
    [("sip:201@example.test", b"201"), ("sip:carol@example.test", b"alice"), ("x", b"alice")],
)
def test_a_caller_may_choose_among_their_own_addresses(
    make_node: Make, phone: Make, preferred: str, told: bytes
) -> None:
    node, bob = make_node(addresses={"201": "alice"}), phone("bob", 6002)
    node.register(bob)
    lines = asserted(node, phone("alice", 6001), headers=(f"P-Preferred-Identity: <{preferred}>",))
    assert lines == [b'"Alice" <sip:%s@example.test>' % told]


@pytest.mark.parametrize("privacy", ["id", "ID;critical", "header;id", "user"])
def test_who_wants_privacy_is_not_named(node: Any, alice: Any, bob: Any, privacy: str) -> None:
    if privacy == "ID;critical":
        assert asserted(node, alice, headers=(f"Privacy: {privacy}",)) == []
    changes = {"sender": ANONYMOUS, "headers": (f"Privacy: {privacy}",)}
    invite = invite_at(node.invite(alice, "bob", **changes), 6002)
    assert invite.values(b"p-asserted-identity") == []
    assert invite.value(b"privacy") == privacy.encode()
    assert b"alice" not in invite.from_text.partition(b";")[0]


def test_an_anonymous_from_alone_is_respected(node: Any, alice: Any, bob: Any) -> None:
    assert asserted(node, alice, sender=ANONYMOUS) == []


def test_privacy_none_names_the_caller(node: Any, alice: Any, bob: Any) -> None:
    assert len(asserted(node, alice, headers=("Privacy: none",))) == 1


def test_critical_privacy_that_a_proxy_cannot_give_is_refused(
    node: Any, alice: Any, bob: Any
) -> None:
    [(_, answer)] = node.invite(alice, "bob", headers=("Privacy: session;critical",))
    assert answer.status == 500


def test_privacy_and_number_go_to_a_gateway_together(node: Any, alice: Any) -> None:
    steps = (Step("gateway", "one", "+1212", caller_id="+12125550201"),)
    node.plan.steps["91212"] = steps
    output = node.invite(alice, "91212", sender=ANONYMOUS, headers=("Privacy: id",))
    invite = invite_at(output, 5071)
    assert invite.values(b"p-asserted-identity") == [b"<sip:+12125550201@example.test>"]
    assert invite.value(b"privacy") == b"id"


def test_a_gateways_word_reaches_phones_unless_it_is_private(node: Any, bob: Any) -> None:
    gateway = type(bob)("x", "127.0.0.9", 5071)
    claim = "P-Asserted-Identity: <sip:+1212@carrier.test>"
    party = "Remote-Party-ID: <sip:+1212@carrier.test>"
    for privacy, kept in (("none", True), ("header", False), ("id", False)):
        headers = (claim, party, f"Privacy: {privacy}")
        request = gateway.request("INVITE", "sip:bob@example.test", headers=headers)
        invite = invite_at(node.send(request, gateway), 6002)
        names = [b"p-asserted-identity", b"remote-party-id"]
        assert [invite.value(name) is not None for name in names] == [kept, kept]


PASSED = (
    "Diversion: <sip:carol@example.test>;reason=no-answer",
    "History-Info: <sip:carol@example.test>;index=1",
    "Reason: Q.850;cause=16",
    "Session-Expires: 1800;refresher=uac",
    "Min-SE: 90",
    "Replaces: 1@x;to-tag=a;from-tag=b",
    "Referred-By: <sip:carol@example.test>",
    "Join: 1@x;to-tag=a;from-tag=b",
    "Target-Dialog: 1@x;local-tag=a;remote-tag=b",
)


def test_what_ends_say_to_each_other_is_not_touched(node: Any, alice: Any, bob: Any) -> None:
    invite = invite_at(node.invite(alice, "bob", headers=PASSED), 6002)
    lines = [line.decode() for line in invite.headers]
    assert [line for line in PASSED if line not in lines] == []


def test_a_phone_may_send_its_caller_elsewhere(node: Any, alice: Any, bob: Any) -> None:
    invite = invite_at(node.invite(alice, "bob"), 6002)
    moved = bob.answer(invite, 302, headers=("Contact: <sip:carol@example.test>",))
    [final] = [each for at, each in node.send(moved, bob) if at == 6001]
    assert (final.status, b"carol" in b"".join(final.headers)) == (302, True)


def test_a_phone_does_not_tell_a_gateway_where_to_call(node: Any, bob: Any) -> None:
    gateway = type(bob)("x", "127.0.0.9", 5071)
    output = node.send(gateway.request("INVITE", "sip:bob@example.test"), gateway)
    moved = bob.answer(invite_at(output, 6002), 302, headers=("Contact: <sip:9001@example.test>",))
    [final] = [each for at, each in node.send(moved, bob) if at == 5071]
    assert (final.status, b"9001" in b"".join(final.headers)) == (480, False)


def test_a_gateway_does_not_tell_a_phone_where_to_call(node: Any, alice: Any) -> None:
    node.plan.steps["91212"] = (Step("gateway", "one", "+1212"),)
    invite = invite_at(node.invite(alice, "91212"), 5071)
    gateway = type(alice)("x", "127.0.0.9", 5071)
    moved = gateway.answer(invite, 302, headers=("Contact: <sip:9001@example.test>",))
    [final] = [each for at, each in node.send(moved, gateway) if at == 6001]
    assert isinstance(final, Response)
    assert (final.status, b"9001" in b"".join(final.headers)) == (502, False)
