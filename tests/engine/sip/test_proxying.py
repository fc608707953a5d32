"""Calls through the proxy: forking, best response, CANCEL, dialogs, gateways, on a fake clock."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from engine.sip import CallAnswered, CallEnded, CallRouted, GatewayFailed
from engine.sip.wire import Request, Response
from schema.dialplan.decision import Caller, Step

Make = Callable[..., Any]


def summary(output: list[Any]) -> list[tuple[int, Any]]:
    """(port, method or status) of what came out."""
    return [
        (port, message.method if isinstance(message, Request) else message.status)
        for port, message in output
    ]


def sent_to(output: list[Any], port: int) -> Any:
    return next(message for to, message in output if to == port)


@pytest.fixture
def alice(node: Any, phone: Make) -> Any:
    return phone("alice", 6001)


@pytest.fixture
def gateway(phone: Make) -> Make:
    """The gateways' side: number 1 or 2."""

    def make(number: int) -> Any:
        gateway = phone("gw", 5070 + number)
        gateway.host = "127.0.0.9"
        gateway.contact = f"sip:gw@127.0.0.9:{5070 + number}"
        return gateway

    return make


def answered(node: Any, alice: Any, bob: Any) -> tuple[Response, Request]:
    """A call that bob picked up: the 200 at alice, the INVITE at bob."""
    invite = sent_to(node.invite(alice, "bob"), bob.port)
    ok = sent_to(node.send(bob.answer(invite, 200), bob), alice.port)
    node.send(alice.within("ACK", ok), alice)
    return ok, invite


def test_a_call_is_rung_answered_and_hung_up(node: Any, alice: Any, bob: Any) -> None:
    output = node.invite(alice, "bob", call_id="one")
    assert summary(output) == [(6001, 100), (6002, "INVITE")]
    invite = output[1][1]
    assert (invite.uri, invite.max_forwards) == (b"sip:bob@127.0.0.1:6002", 69)
    assert summary(node.send(bob.answer(invite, 180), bob)) == [(6001, 180)]
    node.wait(3)
    [(port, ok)] = node.send(bob.answer(invite, 200), bob)
    assert (port, ok.status, len(ok.values(b"via"))) == (6001, 200, 1)
    assert summary(node.send(alice.within("ACK", ok), alice)) == [(6002, "ACK")]
    [(port, bye)] = node.send(alice.within("BYE", ok, sequence=9), alice)
    assert (port, bye.values(b"route")) == (6002, [])
    assert summary(node.send(bob.answer(bye, 200), bob)) == [(6001, 200)]
    routed, picked_up, ended = node.events[-3:]
    assert routed == CallRouted("one", "alice", "bob", "internal", ("bob",), "udp:127.0.0.1:6001")
    assert isinstance(picked_up, CallAnswered)
    assert (picked_up.target, picked_up.after) == ("bob", pytest.approx(3, abs=0.1))
    assert isinstance(ended, CallEnded)
    assert (ended.status, ended.caller, ended.target) == (200, "alice", "bob")


def test_the_callee_hangs_up_without_a_challenge(node: Any, alice: Any, bob: Any) -> None:
    _, invite = answered(node, alice, bob)
    [(port, bye)] = node.send(bob.within("BYE", invite, sequence=1), bob)
    assert (port, bye.uri) == (6001, b"sip:alice@127.0.0.1:6001")
    assert len(node.core.calls) == 1
    node.send(alice.answer(bye, 200), alice)
    assert len(node.core.calls) == 0


def test_a_dialog_goes_on_after_a_restart(node: Any, make_node: Make, alice: Any, bob: Any) -> None:
    ok, _ = answered(node, alice, bob)
    other = make_node(peers=node.config.peers)
    assert summary(other.send(alice.within("BYE", ok, sequence=9), alice)) == [(6002, "BYE")]


def test_a_retransmitted_invite_is_not_forked_again(node: Any, alice: Any, bob: Any) -> None:
    request = alice.request("INVITE", "sip:bob@example.test")
    [(_, challenge)] = node.send(request, alice)
    request = alice.authorize(request, challenge)
    assert summary(node.send(request, alice)) == [(6001, 100), (6002, "INVITE")]
    assert summary(node.send(request, alice)) == [(6001, 100)]


def test_all_phones_ring_and_the_losers_are_cancelled(node: Any, phone: Make, alice: Any) -> None:
    desk, mobile = phone("bob", 6002), phone("bob", 6003)
    node.register(desk)
    node.register(mobile)
    output = node.invite(alice, "bob")
    assert summary(output) == [(6001, 100), (6002, "INVITE"), (6003, "INVITE")]
    at_desk, at_mobile = sent_to(output, 6002), sent_to(output, 6003)
    node.send(desk.answer(at_desk, 180), desk)
    node.send(mobile.answer(at_mobile, 180), mobile)
    output = node.send(mobile.answer(at_mobile, 200), mobile)
    assert sorted(summary(output), key=str) == [(6001, 200), (6002, "CANCEL")]
    cancel = sent_to(output, 6002)
    assert cancel.via.branch == at_desk.via.branch
    assert cancel.cseq[0] == at_desk.cseq[0]
    assert summary(node.send(desk.answer(cancel, 200), desk)) == []
    assert summary(node.send(desk.answer(at_desk, 487), desk)) == [(6002, "ACK")]


def test_two_phones_picked_up_at_once_are_both_told_to_the_caller(
    node: Any, phone: Make, alice: Any
) -> None:
    desk, mobile = phone("bob", 6002), phone("bob", 6003)
    node.register(desk)
    node.register(mobile)
    output = node.invite(alice, "bob")
    for each in (desk, mobile):
        answers = node.send(each.answer(sent_to(output, each.port), 200), each)
        assert (6001, 200) in summary(answers)


def test_a_repeated_2xx_reaches_the_caller_again(node: Any, alice: Any, bob: Any) -> None:
    invite = sent_to(node.invite(alice, "bob"), 6002)
    for _ in range(3):
        assert summary(node.send(bob.answer(invite, 200), bob)) == [(6001, 200)]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [((486, 404), {486, 404}), ((302, 486), {302}), ((500, 486), {486}), ((503, 500), {500}),
     ((486, 415), {415}), ((503, 503), {500})],
)  # fmt: skip
def test_the_best_failure_goes_to_the_caller(
    node: Any, phone: Make, alice: Any, answers: tuple[int, int], expected: set[int]
) -> None:
    phones = [phone("bob", 6002), phone("bob", 6003)]
    for each in phones:
        node.register(each)
    output = node.invite(alice, "bob")
    final: list[Any] = []
    for each, status in zip(phones, answers, strict=True):
        final += node.send(each.answer(sent_to(output, each.port), status), each)
    [status] = [message.status for port, message in final if port == 6001]
    assert status in expected


def test_a_decline_everywhere_stops_the_others(node: Any, phone: Make, alice: Any) -> None:
    desk, mobile = phone("bob", 6002), phone("bob", 6003)
    node.register(desk)
    node.register(mobile)
    output = node.invite(alice, "bob")
    node.send(mobile.answer(sent_to(output, 6003), 180), mobile)
    stopped = node.send(desk.answer(sent_to(output, 6002), 603), desk)
    assert (6003, "CANCEL") in summary(stopped)
    final = node.send(mobile.answer(sent_to(output, 6003), 487), mobile)
    assert (6001, 603) in summary(final)


def test_challenges_of_all_branches_are_merged(node: Any, phone: Make, alice: Any) -> None:
    phones = [phone("bob", 6002), phone("bob", 6003)]
    for each in phones:
        node.register(each)
    output = node.invite(alice, "bob")
    final: list[Any] = []
    for each, realm in zip(phones, ("one", "two"), strict=True):
        challenge = f'WWW-Authenticate: Digest realm="{realm}", nonce="n"'
        answer = each.answer(sent_to(output, each.port), 401, headers=(challenge,))
        final += node.send(answer, each)
    merged = b"".join(sent_to(final, 6001).headers)
    assert b'realm="one"' in merged
    assert b'realm="two"' in merged


def cancel_of(request: bytes) -> bytes:
    text = re.sub(rb"(Proxy-Authorization|Contact): [^\r]*\r\n", b"", request)
    return text.replace(b"INVITE", b"CANCEL")


def test_the_caller_cancels_a_ringing_call(node: Any, alice: Any, bob: Any) -> None:
    request = alice.request("INVITE", "sip:bob@example.test")
    [(_, challenge)] = node.send(request, alice)
    request = alice.authorize(request, challenge)
    invite = sent_to(node.send(request, alice), 6002)
    node.send(bob.answer(invite, 180), bob)
    output = node.send(cancel_of(request), alice)
    assert summary(output) == [(6001, 200), (6002, "CANCEL")]
    node.send(bob.answer(sent_to(output, 6002), 200), bob)
    assert summary(node.send(bob.answer(invite, 487), bob)) == [(6002, "ACK"), (6001, 487)]


def test_a_cancel_waits_for_the_phone_to_speak_but_not_the_caller(
    node: Any, alice: Any, bob: Any
) -> None:
    request = alice.request("INVITE", "sip:bob@example.test")
    [(_, challenge)] = node.send(request, alice)
    request = alice.authorize(request, challenge)
    invite = sent_to(node.send(request, alice), 6002)
    assert summary(node.send(cancel_of(request), alice)) == [(6001, 200), (6001, 487)]
    node.send(
        alice.request(
            "ACK",
            "sip:bob@example.test",
            branch=re.search(rb"branch=([^\r]+)", request)[1].decode(),
        ),
        alice,
    )  # type: ignore[index]
    assert "INVITE" not in [what for _, what in summary(node.wait(5))]
    assert summary(node.send(bob.answer(invite, 180), bob)) == [(6002, "CANCEL")]


def test_a_cancel_of_nothing_is_481(node: Any, alice: Any) -> None:
    assert summary(node.send(alice.request("CANCEL", "sip:bob@example.test"), alice)) == [
        (6001, 481)
    ]


def test_nobody_else_can_cancel_a_call(node: Any, alice: Any, bob: Any, phone: Make) -> None:
    request = alice.request("INVITE", "sip:bob@example.test")
    [(_, challenge)] = node.send(request, alice)
    request = alice.authorize(request, challenge)
    node.send(bob.answer(sent_to(node.send(request, alice), 6002), 180), bob)
    stranger = phone("alice", 6009)
    stranger.host = "127.0.0.2"
    assert [what for _, what in summary(node.send(cancel_of(request), stranger))] == [481]


def test_a_user_without_phones_is_unavailable(node: Any, alice: Any) -> None:
    assert summary(node.invite(alice, "bob")) == [(6001, 100), (6001, 480)]


def test_a_phone_that_never_answers_times_out(node: Any, alice: Any, bob: Any) -> None:
    node.invite(alice, "bob")
    output = node.wait(33)
    assert (6001, 408) in summary(output)
    assert summary(output).count((6002, "INVITE")) == 6


def test_a_phone_that_rings_for_ever_is_cancelled(node: Any, alice: Any, bob: Any) -> None:
    invite = sent_to(node.invite(alice, "bob"), 6002)
    node.send(bob.answer(invite, 180), bob)
    assert summary(node.wait(184)) == []
    output = summary(node.wait(2))
    assert (6002, "CANCEL") in output
    assert (6001, 408) in output


def test_a_silent_request_other_than_invite_gets_no_408(node: Any, alice: Any, bob: Any) -> None:
    request = alice.request("MESSAGE", "sip:bob@example.test")
    [(_, challenge)] = node.send(request, alice)
    assert summary(node.send(alice.authorize(request, challenge), alice)) == [(6002, "MESSAGE")]
    assert 6001 not in [port for port, _ in node.wait(40)]
    assert not node.core.transactions.servers


@pytest.mark.parametrize("method", ["MESSAGE", "REFER", "OPTIONS", "INFO", "FOO"])
def test_every_method_is_proxied_once_proved(node: Any, alice: Any, bob: Any, method: str) -> None:
    refer = ("Refer-To: <sip:carol@example.test>",) if method == "REFER" else ()
    request = alice.request(method, "sip:bob@example.test", headers=refer)
    [(_, challenge)] = node.send(request, alice)
    assert challenge.status == 407
    [(port, copy)] = node.send(alice.authorize(request, challenge), alice)
    assert (port, copy.method) == (6002, method)
    assert copy.value(b"proxy-authorization") is None
    assert summary(node.send(bob.answer(copy, 202), bob)) == [(6001, 202)]


def test_users_notify_nobody_who_did_not_subscribe(
    node: Any, alice: Any, bob: Any, gateway: Make
) -> None:
    """A phone would restart at `Event: check-sync`. The voicemail of a gateway may light lamps."""
    notify = alice.request("NOTIFY", "sip:bob@example.test", headers=("Event: check-sync",))
    assert summary(node.ask(alice, notify)) == [(6001, 481)]
    voicemail = gateway(1)
    notify = voicemail.request("NOTIFY", "sip:bob@example.test", headers=("Event: mwi",))
    assert summary(node.send(notify, voicemail)) == [(6002, "NOTIFY")]


def test_an_options_to_the_node_is_answered_by_it(node: Any, phone: Make) -> None:
    stranger = phone("x", 6009)
    [(_, answer)] = node.send(
        stranger.request("OPTIONS", "sip:127.0.0.1:5060", max_forwards=0), stranger
    )
    assert answer.status == 200
    assert b"INVITE" in answer.required(b"allow")
    assert b"presence" in answer.values(b"allow-events")
    assert b"outbound" in answer.values(b"supported")


@pytest.mark.parametrize(("number", "status"), [("900123", 403), ("nobody", 404)])
def test_a_refusal_of_the_dial_plan_is_the_answer(
    node: Any, alice: Any, number: str, status: int
) -> None:
    assert summary(node.invite(alice, number)) == [(6001, status)]
    assert node.plan.asked[-1] == (Caller("user", "alice"), number)


def test_an_escaped_number_is_unescaped_for_the_plan(node: Any, alice: Any) -> None:
    node.invite(alice, "%2331%23201")
    assert node.plan.asked[-1][1] == "#31#201"


# Gateways


@pytest.fixture
def outside(node: Any) -> None:
    node.plan.steps["5551234"] = tuple(
        Step(
            "gateway",
            id_,
            "+12125551234",
            caller_id="+12125550201",
            answer_within=2.0,
            failover=id_ != "one",
        )
        for id_ in ("one", "two")
    )


@pytest.mark.usefixtures("outside")
def test_a_call_out_shows_the_caller_id_and_no_claims_of_the_caller(node: Any, alice: Any) -> None:
    claims = ("P-Asserted-Identity: <sip:boss@example.test>", "P-Preferred-Identity: <sip:x@y>")
    invite = sent_to(node.invite(alice, "5551234", headers=claims), 5071)
    assert invite.uri == b"sip:+12125551234@127.0.0.9:5071"
    assert invite.values(b"p-asserted-identity") == [b"<sip:+12125550201@example.test>"]
    assert invite.value(b"p-preferred-identity") is None
    assert invite.sender.uri == b"sip:alice@example.test"


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("status", [503, 404, 480, 500, 403, 302])
def test_a_gateway_that_refuses_makes_the_next_one_try(
    node: Any, alice: Any, gateway: Make, status: int
) -> None:
    one = gateway(1)
    invite = sent_to(node.invite(alice, "5551234"), 5071)
    output = node.send(one.answer(invite, status, "No Lines"), one)
    assert summary(output) == [(5071, "ACK"), (5072, "INVITE")]
    assert node.events[-1] == GatewayFailed(
        "one", invite.call_id.decode(), status, "No Lines", "udp:127.0.0.9:5071", "alice", "5551234"
    )


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("status", [484, 486, 487, 603])
def test_a_failure_that_is_the_callees_ends_the_call(
    node: Any, alice: Any, gateway: Make, status: int
) -> None:
    one = gateway(1)
    invite = sent_to(node.invite(alice, "5551234"), 5071)
    output = node.send(one.answer(invite, status), one)
    assert summary(output) == [(5071, "ACK"), (6001, status)]


def test_a_busy_mobile_does_not_end_what_was_to_follow(
    node: Any, alice: Any, bob: Any, gateway: Make
) -> None:
    node.plan.steps["5559999"] = (
        Step("gateway", "one", "+12125550123", timeout=20.0),
        Step("gateway", "two", "+12125550123", timeout=20.0, failover=True),
        Step("user", "bob", "bob"),
    )
    one = gateway(1)
    invite = sent_to(node.invite(alice, "5559999"), 5071)
    output = node.send(one.answer(invite, 486), one)
    assert (bob.port, "INVITE") in summary(output)
    assert (5072, "INVITE") not in summary(output)


@pytest.mark.usefixtures("outside")
def test_a_dead_gateway_makes_the_next_one_try(node: Any, alice: Any, gateway: Make) -> None:
    invite = sent_to(node.invite(alice, "5551234"), 5071)
    output = node.wait(2.2)
    assert (5072, "INVITE") in summary(output)
    assert summary(output).count((5071, "INVITE")) == 2
    assert (5071, "INVITE") not in summary(node.wait(5))
    late = node.send(gateway(1).answer(invite, 180), gateway(1))
    assert summary(late) == [(5071, "CANCEL")]


@pytest.mark.usefixtures("outside")
def test_a_gateway_that_only_says_100_is_alive(node: Any, alice: Any, gateway: Make) -> None:
    invite = sent_to(node.invite(alice, "5551234"), 5071)
    node.send(gateway(1).answer(invite, 100), gateway(1))
    assert summary(node.wait(10)) == []


@pytest.mark.parametrize("status", [486, 603, 404])
def test_an_emergency_call_is_tried_everywhere(
    node: Any, alice: Any, gateway: Make, status: int
) -> None:
    node.plan.steps["911"] = tuple(
        Step("gateway", id_, "911", emergency=True) for id_ in ("one", "two")
    )
    invite = sent_to(node.invite(alice, "911"), 5071)
    assert (5072, "INVITE") in summary(node.send(gateway(1).answer(invite, status), gateway(1)))


def test_a_step_that_rings_too_long_gives_way_to_the_next(
    node: Any, alice: Any, bob: Any, gateway: Make
) -> None:
    node.plan.steps["201"] = (
        Step("user", "bob", "bob", timeout=20.0),
        Step("gateway", "one", "+12125550123"),
    )
    invite = sent_to(node.invite(alice, "201"), 6002)
    node.send(bob.answer(invite, 180), bob)
    assert summary(node.wait(19.9)) == []
    output = node.wait(0.3)
    assert summary(output) == [(6002, "CANCEL"), (5071, "INVITE")]
    invite = sent_to(output, 5071)
    assert (6001, 200) in summary(node.send(gateway(1).answer(invite, 200), gateway(1)))


def test_a_user_without_phones_gives_way_at_once(node: Any, alice: Any) -> None:
    node.plan.steps["201"] = (
        Step("user", "carol", "carol", timeout=20.0),
        Step("gateway", "one", "+12125550123"),
    )
    assert summary(node.invite(alice, "201")) == [(6001, 100), (5071, "INVITE")]


def test_parallel_steps_ring_together(node: Any, alice: Any, bob: Any) -> None:
    node.plan.steps["201"] = (
        Step("user", "bob", "bob"),
        Step("gateway", "one", "+12125550123", parallel=True),
    )
    assert sorted(summary(node.invite(alice, "201")), key=str)[1:] == [
        (6001, 100), (6002, "INVITE"),
    ]  # fmt: skip


def test_a_call_from_a_gateway_is_not_challenged(node: Any, bob: Any, gateway: Make) -> None:
    one = gateway(1)
    identity = "P-Asserted-Identity: <sip:+12125559999@carrier.test>"
    request = one.request(
        "INVITE", "sip:bob@127.0.0.1:5060", sender="sip:+1212@x", headers=(identity,)
    )
    output = node.send(request, one)
    assert summary(output) == [(5071, 100), (6002, "INVITE")]
    assert node.plan.asked[-1] == (Caller("gateway", "one", "+12125559999"), "bob")
    assert sent_to(output, 6002).value(b"p-asserted-identity")
    ok = sent_to(node.send(bob.answer(sent_to(output, 6002), 200), bob), 5071)
    bye = bob.within("BYE", sent_to(output, 6002), sequence=1)
    assert summary(node.send(bye, bob)) == [(5071, "BYE")]
    assert summary(node.send(one.within("ACK", ok), one)) == [(6002, "ACK")]


def test_an_identity_that_wants_privacy_stops_at_our_users(
    node: Any, bob: Any, gateway: Make
) -> None:
    headers = ("P-Asserted-Identity: <sip:+12125559999@carrier.test>", "Privacy: id")
    one = gateway(1)
    request = one.request("INVITE", "sip:bob@127.0.0.1:5060", sender="sip:a@x", headers=headers)
    assert sent_to(node.send(request, one), 6002).value(b"p-asserted-identity") is None


def test_nothing_is_left_of_a_thousand_calls(node: Any, alice: Any, bob: Any) -> None:
    for _ in range(1000):
        answered(node, alice, bob)
    node.core.calls._calls.clear()
    node.wait(40)
    counts = (len(node.core.transactions.servers), len(node.core.transactions.clients))
    assert counts == (0, 0)
    node.wait(190)
    assert len(node.core.wheel) == 0
