"""Who may do what: no open relay, no borrowed identity, no way around the dial plan."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip import Account, CallRefused, Flow, ListenAddress, Peer
from engine.sip.proxy.dialog import Dialog, DialogRoutes
from engine.sip.wire import Request
from schema.dialplan.decision import Step

Make = Callable[..., Any]
METHODS = ["INVITE", "MESSAGE", "SUBSCRIBE", "REFER", "PUBLISH", "NOTIFY", "OPTIONS", "BYE", "INFO"]


def statuses(output: list[Any]) -> list[Any]:
    return [
        message.method if isinstance(message, Request) else message.status for _, message in output
    ]


@pytest.fixture
def alice(phone: Make) -> Any:
    return phone("alice", 6001)


@pytest.mark.parametrize("method", METHODS)
def test_a_claim_to_be_one_of_ours_is_challenged(
    node: Any, phone: Make, bob: Any, method: str
) -> None:
    stranger = phone("alice", 6666)
    for to_tag in ("", "made-up"):
        request = stranger.request(method, "sip:bob@example.test", to_tag=to_tag)
        assert statuses(node.send(request, stranger)) == [407]


@pytest.mark.parametrize("method", METHODS)
def test_a_stranger_from_elsewhere_is_refused(
    node: Any, phone: Make, bob: Any, method: str
) -> None:
    stranger = phone("eve", 6666)
    request = stranger.request(method, "sip:bob@example.test", sender="sip:eve@evil.test")
    assert statuses(node.send(request, stranger)) == [403]


@pytest.mark.parametrize("method", METHODS)
def test_nobody_is_relayed_to_a_foreign_address(
    node: Any, phone: Make, bob: Any, method: str
) -> None:
    for uri in ("sip:x@elsewhere.test", "sip:900123@127.0.0.9:5071", "sip:bob@127.0.0.1:6009"):
        assert statuses(node.send(bob.request(method, uri), bob)) == [403]


def test_a_foreign_route_is_not_followed(node: Any, bob: Any) -> None:
    route = ("Route: <sip:127.0.0.1:5060;lr>, <sip:evil.test;lr>",)
    assert statuses(
        node.send(bob.request("INVITE", "sip:alice@example.test", headers=route), bob)
    ) == [403]


def test_an_ack_or_cancel_of_a_stranger_goes_nowhere(node: Any, phone: Make, bob: Any) -> None:
    stranger = phone("eve", 6666)
    route = ("Route: <sip:AHt_AAABF3EAe38AAAEXcrbWPwRc-vePIA@127.0.0.1:5060;lr>",)
    assert (
        node.send(stranger.request("ACK", "sip:bob@127.0.0.1:6002", headers=route), stranger) == []
    )
    assert node.send(stranger.request("ACK", "sip:bob@example.test"), stranger) == []


@pytest.mark.parametrize(
    ("sender", "status"),
    [
        ("sip:bob@example.test", 403),
        ("sip:alice@elsewhere.test", 403),
        ("sip:201@example.test", 480),
        ("sip:+12125550201@127.0.0.1", 480),
        ("sip:anonymous@anonymous.invalid", 480),
        ("sip:anonymous.invalid", 480),
        ("sip:alice@anonymous.invalid", 480),
        ("sip:bob@anonymous.invalid", 403),
        ("sip:+12125550299@anonymous.invalid", 403),
    ],
)
def test_from_may_only_say_what_is_the_callers(
    make_node: Make, alice: Any, sender: str, status: int
) -> None:
    node = make_node(addresses={"201": "alice", "+12125550201": "alice"})
    request = alice.request("INVITE", "sip:bob@example.test", sender=sender)
    output = node.send(request, alice)
    if statuses(output) == [407]:
        output = node.send(alice.authorize(request, output[0][1]), alice)
    assert statuses(output)[-1] == status


def test_a_gateway_is_its_address_and_port(node: Any, phone: Make, bob: Any) -> None:
    impostor = phone("gw", 5999)
    impostor.host = "127.0.0.9"
    request = impostor.request("INVITE", "sip:bob@127.0.0.1:5060", sender="sip:+1212@127.0.0.1")
    assert statuses(node.send(request, impostor)) == [407]


def test_over_tcp_a_gateway_may_use_any_port(make_node: Make, phone: Make) -> None:
    node = make_node(peers={"one": Peer("one", "127.0.0.9", 5071, "tcp")})
    udp, tcp = node.listeners
    gateway = phone("gw", 45678)
    gateway.host = "127.0.0.9"
    request = gateway.request("INVITE", "sip:bob@127.0.0.1:5060", sender="sip:a@x")
    assert statuses(node.send(request, gateway, tcp)) == [100, 480]
    request = gateway.request("INVITE", "sip:bob@127.0.0.1:5060", sender="sip:a@x")
    assert statuses(node.send(request, gateway, udp)) == [403]


def call(node: Any, alice: Any, bob: Any) -> tuple[Any, Any]:
    """200 at alice, INVITE at bob."""
    [_, (_, invite)] = node.invite(alice, "bob")
    [(_, ok)] = node.send(bob.answer(invite, 200), bob)
    return ok, invite


def test_a_dialog_token_leads_only_to_the_other_end(node: Any, alice: Any, bob: Any) -> None:
    ok, _ = call(node, alice, bob)
    invite = alice.within("INVITE", ok, sequence=8)
    toll = invite.replace(b"INVITE sip:bob@127.0.0.1:6002 ", b"INVITE sip:+1900@127.0.0.9:5071 ")
    output = node.send(toll, alice)
    assert [port for port, _ in output] == [6001, 6002]


@pytest.mark.parametrize("old", [b"Call-ID: call", b"tag=tag-alice", b"<sip:AH"])
def test_a_token_is_good_for_its_dialog_only(node: Any, alice: Any, bob: Any, old: bytes) -> None:
    ok, _ = call(node, alice, bob)
    bye = alice.within("BYE", ok, sequence=8)
    assert old in bye
    forged = bye.replace(old, old[:-1] + (b"X" if old != b"<sip:AH" else b"I"))
    assert statuses(node.send(forged, alice)) == [403]
    assert statuses(node.send(bye, alice)) == ["BYE"]


def test_a_token_survives_translation_of_the_senders_port(node: Any, alice: Any, bob: Any) -> None:
    ok, _ = call(node, alice, bob)
    alice.port = 6999
    [(port, bye)] = node.send(alice.within("BYE", ok, sequence=8), alice)
    assert (port, bye.method) == (6002, "BYE")


def test_a_phone_that_moved_is_followed_by_its_registration(
    node: Any, phone: Make, alice: Any, bob: Any
) -> None:
    ok, _ = call(node, alice, bob)
    moved = phone("bob", 6055)
    moved.contact = bob.contact
    request = moved.register().replace(b"127.0.0.1:6055;", b"10.0.0.1:6002;rport;")
    request = request.replace(b"sip:bob@127.0.0.1:6002", b"sip:bob@10.0.0.1:6002")
    [(_, challenge)] = node.send(request, moved)
    node.send(moved.authorize(request, challenge), moved)
    bye = alice.within("BYE", ok, sequence=8).replace(b"bob@127.0.0.1:6002", b"bob@10.0.0.1:6002")
    [(port, _)] = node.send(bye, alice)
    assert port == 6055


def test_a_strict_router_in_between_is_repaired(node: Any, alice: Any, bob: Any) -> None:
    ok, _ = call(node, alice, bob)
    bye = alice.within("BYE", ok, sequence=8)
    route = ok.values(b"record-route")[0]
    strict = bye.replace(b"BYE sip:bob@127.0.0.1:6002", b"BYE " + route[1:-1])
    strict = strict.replace(b"Route: " + route, b"Route: <sip:bob@127.0.0.1:6002>")
    [(port, copy)] = node.send(strict, alice)
    assert (port, copy.uri, copy.values(b"route")) == (6002, b"sip:bob@127.0.0.1:6002", [])


def test_a_strict_router_ahead_becomes_the_request_uri(node: Any, alice: Any, bob: Any) -> None:
    ok, _ = call(node, alice, bob)
    bye = alice.within("BYE", ok, sequence=8)
    bye = bye.replace(b";lr>\r\n", b";lr>, <sip:old.test>\r\n", 1)
    [(_, copy)] = node.send(bye, alice)
    assert copy.uri == b"sip:old.test"
    assert copy.values(b"route") == [b"<sip:bob@127.0.0.1:6002>"]


def test_where_the_transport_changes_both_sides_are_recorded(
    node: Any, phone: Make, alice: Any
) -> None:
    _, tcp = node.listeners
    bob = phone("bob", 6002)
    bob.transport = "TCP"
    first = bob.register()
    [(_, challenge)] = node.send(first, bob, tcp)
    node.send(bob.authorize(first, challenge), bob, tcp)
    [_, (_, invite)] = node.invite(alice, "bob")
    assert [flow.transport for flow in node.flows] == ["udp", "tcp"]
    near, far = invite.values(b"record-route")
    assert b";transport=tcp" in near
    assert b";transport" not in far
    [(_, ok)] = node.send(bob.answer(invite, 200), bob, tcp)
    [(_, bye)] = node.send(alice.within("BYE", ok, sequence=8), alice)
    assert bye.values(b"route") == []
    assert node.flows[0].transport == "tcp"
    [(_, bye)] = node.send(bob.within("BYE", invite, sequence=1), bob, tcp)
    assert (bye.values(b"route"), node.flows[0].transport) == ([], "udp")


# Checks of RFC 3261 section 16.3


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia", 505),
        (b"sip:bob@example.test SIP", b"tel:+1212 SIP", 416),
        (b"sip:bob@example.test SIP", b"sips:bob@example.test SIP", 480),
        (b"sip:bob@example.test SIP", b"sip:bob@example.test?Route=x SIP", 400),
        (b"sip:bob@example.test SIP", b"<sip:bob@example.test> SIP", 400),
        (b"Max-Forwards: 70", b"Max-Forwards: 0", 483),
        (b"Max-Forwards: 70", b"Max-Forwards: many", 400),
        (b"Max-Forwards: 70", b"Proxy-Require: gizmo", 420),
        (b"1 INVITE", b"1 BYE", 400),
        (b"Content-Length: 0", b"Content-Length: 10", 400),
    ],
)
def test_an_unreasonable_request_is_told_so(
    node: Any, alice: Any, old: bytes, new: bytes, status: int
) -> None:
    request = alice.request("INVITE", "sip:bob@example.test", sequence=1)
    assert old in request
    [(port, answer)] = node.send(request.replace(old, new), alice)
    assert (port, answer.status) == (6001, status)
    if status == 420:
        assert answer.value(b"unsupported") == b"gizmo"


def test_a_loop_is_told_from_a_spiral(node: Any, phone: Make, alice: Any) -> None:
    node.plan.steps["5551234"] = (Step("gateway", "one", "777"),)
    [_, (_, invite)] = node.invite(alice, "5551234")
    gateway = phone("gw", 5071)
    gateway.host = "127.0.0.9"
    vias = b"".join(b"Via: " + via + b"\r\n" for via in invite.values(b"via"))

    def back(uri: str) -> bytes:
        request = gateway.request(
            "INVITE", uri, sender="sip:alice@example.test", tag="tag-alice",
            to="sip:5551234@example.test", call_id=invite.call_id.decode(),
            sequence=invite.cseq[0],
        )  # fmt: skip
        return request.replace(b"Max-Forwards", vias + b"Max-Forwards", 1)

    assert statuses(node.send(back("sip:5551234@example.test"), gateway)) == [482]
    assert statuses(node.send(back("sip:carol@example.test"), gateway)) == [100, 480]


def test_a_refused_number_is_told_to_the_log(node: Any, alice: Any) -> None:
    node.invite(alice, "900123")
    assert isinstance(node.events[-1], CallRefused)
    assert (node.events[-1].caller, node.events[-1].number) == ("alice", "900123")


def test_a_flood_of_strangers_leaves_nothing_behind(node: Any, phone: Make) -> None:
    for number in range(500):
        stranger = phone(f"eve{number}", 6666)
        assert statuses(
            node.send(stranger.request("INVITE", "sip:bob@example.test"), stranger)
        ) == [407]
    assert not node.core.transactions.servers
    assert not node.core.wheel


@pytest.mark.parametrize(
    "garbage", [b"\0" * 40, b"GET / HTTP/1.1\r\n\r\n", b"x" * 3000, b"\r\n\r\n"]
)
def test_garbage_gets_no_answer(node: Any, alice: Any, garbage: bytes) -> None:
    assert node.send(garbage, alice) == []


def test_a_truncated_request_never_raises(node: Any, alice: Any) -> None:
    request = alice.request("INVITE", "sip:bob@example.test", body="v=0\r\n")
    for length in range(len(request)):
        assert set(statuses(node.send(request[:length], alice))) <= {400}


def test_lent_accounts_reach_only_each_other(node: Any, phone: Make, bob: Any, alice: Any) -> None:
    one, two = phone("lent-1", 6101), phone("lent-2", 6102)
    for each in (one, two):
        node.core.service.lend(Account(each.user, each.user), f"pw-{each.user}")
        node.register(each)
    assert statuses(node.invite(one, "lent-2")) == [100, "INVITE"]
    assert statuses(node.invite(one, "bob")) == [403]
    assert statuses(node.invite(alice, "lent-1")) == [404]
    node.core.service.take_back("lent-1")
    assert node.core.location.of("lent-1", 0.0) == []
    request = one.request("INVITE", "sip:lent-2@example.test")
    [(_, challenge)] = node.send(request, one)
    assert statuses(node.send(one.authorize(request, challenge), one)) == [407]


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
def test_a_token_names_both_ends_whatever_the_family(host: str) -> None:
    listeners = [ListenAddress("udp", "2001:db8::1", 5060), ListenAddress("tcp", "192.0.2.1", 5062)]
    listener = listeners[0] if ":" in host else listeners[1]
    routes = DialogRoutes(b"key", listeners, b"r1")
    dialog = Dialog(Flow(listener, host, 40000), Flow(listeners[1], "192.0.2.8", 5060))
    token = routes.token(dialog, b"call", b"tag").decode()
    source = Flow(listener, host, 1)
    for each in (
        routes,
        DialogRoutes(b"key", listeners, b"r1"),
    ):  # as remembered, and after a restart
        _leads_to_the_other_end(each, token, dialog, source)
    stranger = DialogRoutes(b"other", listeners, b"r1")
    assert stranger.destination(token, b"call", b"tag", b"", source) is None


def test_a_neighbour_on_the_link_can_be_named() -> None:
    listener = ListenAddress("udp", "2001:db8::1", 5060)
    end = Flow(listener, "fe80::1%eth0", 5060)
    token = DialogRoutes(b"key", [listener], b"r1").token(Dialog(end, end), b"call", b"tag")
    found = DialogRoutes(b"key", [listener], b"r1").destination(
        token.decode(), b"call", b"tag", b"x", end
    )
    assert found == end._replace(host="fe80::1")


def _leads_to_the_other_end(routes: DialogRoutes, token: str, dialog: Dialog, source: Flow) -> None:
    assert routes.destination(token, b"call", b"tag", b"x", source) == dialog.callee
    assert routes.destination(token, b"call", b"x", b"tag", source) == dialog.caller
    assert routes.destination(token, b"call", b"x", b"y", source) is None
    assert routes.destination(token, b"other", b"tag", b"x", source) is None


@pytest.mark.parametrize(
    "long",
    [{"call_id": "c" * 513}, {"tag": "t" * 2048}, {"to": f"sip:{'b' * 2048}@example.test"}],
)
@pytest.mark.parametrize("method", ["INVITE", "SUBSCRIBE", "REGISTER"])
def test_names_of_dialogs_that_are_too_long_to_be_kept_are_refused(
    node: Any, phone: Make, method: str, long: dict[str, str]
) -> None:
    alice = phone("alice", 6001)
    request = alice.request(method, "sip:bob@example.test", **long)
    [(_, answer)] = node.send(request, alice)
    assert answer.status == 400
