"""REGISTER: digest authentication and the rules of RFC 3261 section 10.3."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.sip import Account, AuthenticationFailed, Registered, Unregistered
from engine.sip.wire import Response

Make = Callable[..., Any]
ALICE = "sip:alice@example.test"


def contacts(response: Response) -> list[str]:
    return [value.decode() for value in response.values(b"contact")]


def status(output: list[Any]) -> int:
    [(_, message)] = output
    assert isinstance(message, Response)
    return message.status


def challenged(node: Any, phone: Any, **changes: Any) -> tuple[bytes, Response]:
    request = phone.register(**changes)
    [(_, challenge)] = node.send(request, phone)
    assert challenge.status == 401
    return request, challenge


def test_the_configured_algorithms_are_offered_in_order_one_per_header(
    node: Any, phone: Make
) -> None:
    _, challenge = challenged(node, phone("alice"))
    offers = [
        line.decode()
        for name, line in zip(challenge.names, challenge.headers, strict=True)
        if name == b"www-authenticate"
    ]
    assert ["algorithm=MD5" in offers[0], "algorithm=SHA-256" in offers[1]] == [True, True]
    assert all('realm="example.test"' in offer and 'qop="auth"' in offer for offer in offers)


@pytest.mark.parametrize(
    ("agent", "offered"), [("baresip v1.0.0 (x86_64/linux)", 1), ("baresip v3.9.0", 2)]
)
def test_who_cannot_read_past_md5_is_offered_nothing_else(
    node: Any, phone: Make, agent: str, offered: int
) -> None:
    alice = phone("alice")
    request = alice.register().replace(
        b"Max-Forwards:", f"User-Agent: {agent}\r\nMax-Forwards:".encode(), 1
    )
    [(_, challenge)] = node.send(request, alice)
    assert challenge.names.count(b"www-authenticate") == offered


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("qop", [True, False])
def test_any_offered_algorithm_registers(node: Any, phone: Make, algorithm: str, qop: bool) -> None:
    alice = phone("alice")
    request, challenge = challenged(node, alice)
    answer = alice.authorize(request, challenge, algorithm=algorithm, qop=qop)
    assert status(node.send(answer, alice)) == 200
    [event] = node.events
    assert isinstance(event, Registered)
    assert (event.user, event.expires) == ("alice", 3600)


def test_asking_for_a_password_leaves_nothing_behind(node: Any, phone: Make) -> None:
    challenged(node, phone("alice"))
    assert (len(node.core.transactions.servers), len(node.core.wheel)) == (0, 0)


def test_a_challenge_is_the_same_however_the_request_is_written(node: Any, phone: Make) -> None:
    """The usual spelling takes a shorter way."""
    alice = phone("alice")
    request = alice.register()
    answers = [
        node.send(each, alice)[0][1] for each in (request, request.replace(b"To:", b"t:", 1))
    ]
    told = [
        (answer.status, answer.reason, sorted(answer.names), answer.via.text, answer.call_id)
        for answer in answers
    ]
    assert told[0] == told[1]
    assert node.core.counts["refused 401"] == node.core.counts["requests REGISTER"] == 2


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"Max-Forwards: 70", b"Max-Forwards: 0", 483),
        (b"Max-Forwards:", b"Route: <sip:192.0.2.1;lr>\r\nMax-Forwards:", 403),
        (b"Max-Forwards:", b"Require: gold\r\nMax-Forwards:", 420),
        (b"Max-Forwards:", b"Proxy-Require: gold\r\nMax-Forwards:", 420),
        (b"REGISTER sip:example.test ", b"REGISTER sip:192.0.2.1 ", 403),
    ],
)
def test_what_is_wrong_with_a_request_comes_before_its_password(
    node: Any, phone: Make, old: bytes, new: bytes, expected: int
) -> None:
    alice = phone("alice")
    assert status(node.send(alice.register().replace(old, new, 1), alice)) == expected


def test_an_algorithm_that_is_not_offered_is_not_accepted(make_node: Make, phone: Make) -> None:
    node, alice = make_node(algorithms=("sha-256",)), phone("alice")
    request, challenge = challenged(node, alice)
    md5 = alice.authorize(request, challenge, algorithm="SHA-256").replace(b"SHA-256", b"MD5")
    assert status(node.send(md5, alice)) == 401


@pytest.mark.parametrize(("user", "password"), [("alice", "guess"), ("nobody", "guess")])
def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(
    node: Any, phone: Make, user: str, password: str
) -> None:
    intruder = phone(user, password=password)
    request, challenge = challenged(node, intruder)
    [(_, refusal)] = node.send(intruder.authorize(request, challenge), intruder)
    assert refusal.status == 401
    assert b"stale" not in b"".join(refusal.headers)
    assert node.events == [AuthenticationFailed(user, "udp:127.0.0.1:6000", "REGISTER")]


def test_each_device_has_its_own_password_and_is_remembered(make_node: Make, phone: Make) -> None:
    node = make_node(accounts={"alice": Account("alice", "Alice", ("", "0015651234ab"))})
    desk = phone("alice", password="pw-alice-0015651234ab")
    soft = phone("alice", 6001)
    node.register(desk)
    node.register(soft)
    found = {binding.device: binding.flow.port for binding in node.core.location.all()}
    assert found == {"0015651234ab": 6000, "": 6001}


def test_a_used_nonce_count_is_stale(node: Any, phone: Make) -> None:
    alice = phone("alice")
    request, challenge = challenged(node, alice)
    assert status(node.send(alice.authorize(request, challenge), alice)) == 200
    [(_, again)] = node.send(alice.authorize(request, challenge), alice)
    assert again.status == 401
    assert b"stale=true" in b"".join(again.headers)
    newer = alice.register(call_id="another")
    assert status(node.send(alice.authorize(newer, challenge, count=2), alice)) == 200


def test_an_answer_without_qop_serves_once(node: Any, phone: Make) -> None:
    alice = phone("alice")
    request, challenge = challenged(node, alice)
    assert status(node.send(alice.authorize(request, challenge, qop=False), alice)) == 200
    assert status(node.send(alice.authorize(request, challenge, qop=False), alice)) == 401


def test_an_old_nonce_is_stale_and_a_forged_one_wrong(node: Any, phone: Make) -> None:
    alice = phone("alice")
    request, challenge = challenged(node, alice)
    node.now += 301
    [(_, old)] = node.send(alice.authorize(request, challenge), alice)
    assert b"stale=true" in b"".join(old.headers)
    forged = alice.authorize(request, challenge, nonce="A" * 32)
    [(_, refusal)] = node.send(forged, alice)
    assert b"stale" not in b"".join(refusal.headers)


def test_credentials_for_another_request_do_not_serve(node: Any, phone: Make) -> None:
    alice = phone("alice")
    request, challenge = challenged(node, alice)
    assert (
        status(node.send(alice.authorize(request, challenge, uri="sip:x@example.test"), alice))
        == 401
    )
    request, challenge = challenged(node, alice)
    assert (
        status(node.send(alice.authorize(request, challenge, uri="sip:127.0.0.1:5060"), alice))
        == 200
    )


def test_nobody_registers_for_somebody_else(node: Any, phone: Make) -> None:
    bob = phone("bob")
    request, challenge = challenged(node, bob, to=ALICE)
    assert status(node.send(bob.authorize(request, challenge), bob)) == 403
    assert len(node.core.location) == 0


def test_an_own_extension_is_an_own_address(make_node: Make, phone: Make) -> None:
    node, alice = make_node(addresses={"201": "alice", "202": "bob"}), phone("alice")
    assert node.register(alice, to="sip:201@example.test").status == 200
    request, challenge = challenged(node, alice, to="sip:202@example.test")
    assert status(node.send(alice.authorize(request, challenge), alice)) == 403


def test_several_contacts_are_listed_and_removed_one_by_one(node: Any, phone: Make) -> None:
    desk, mobile = phone("alice", 6000), phone("alice", 6001)
    node.register(desk)
    assert len(contacts(node.register(mobile))) == 2
    left = contacts(node.register(desk, expires=0))
    assert left == ["<sip:alice@127.0.0.1:6001>;expires=3600"]
    assert isinstance(node.events[-1], Unregistered)


def test_a_register_without_contact_only_asks(node: Any, phone: Make) -> None:
    alice = phone("alice")
    node.register(alice)
    request = alice.register().replace(b"Contact: <sip:alice@127.0.0.1:6000>\r\n", b"")
    [(_, challenge)] = node.send(request, alice)
    [(_, answer)] = node.send(alice.authorize(request, challenge), alice)
    assert len(contacts(answer)) == 1


def test_a_star_removes_everything_but_only_with_expires_0(node: Any, phone: Make) -> None:
    alice = phone("alice")
    node.register(alice)
    for expires, expected in ((60, 400), (0, 200)):
        request = alice.register(expires=expires).replace(b"<sip:alice@127.0.0.1:6000>", b"*")
        [(_, challenge)] = node.send(request, alice)
        assert status(node.send(alice.authorize(request, challenge), alice)) == expected
        assert len(node.core.location) == (1 if expected == 400 else 0)


def test_expiries_have_limits(node: Any, phone: Make) -> None:
    alice = phone("alice")
    brief = node.register(alice, expires=30)
    assert (brief.status, brief.value(b"min-expires")) == (423, b"60")
    assert contacts(node.register(alice, expires=1_000_000))[0].endswith("expires=7200")


def test_a_binding_expires(node: Any, phone: Make) -> None:
    alice = phone("alice")
    node.register(alice, expires=60)
    node.wait(59)
    assert len(node.core.location) == 1
    node.wait(2)
    assert len(node.core.location) == 0
    assert node.events[-1] == Unregistered("alice", "", alice.contact, "expired")


def test_an_older_register_of_the_same_call_changes_nothing(node: Any, phone: Make) -> None:
    alice = phone("alice")
    node.register(alice, call_id="one", sequence=10)
    late = node.register(alice, call_id="one", sequence=5, expires=0)
    assert late.status == 500
    assert len(node.core.location) == 1
    assert node.register(alice, call_id="two", sequence=1, expires=0).status == 200
    assert len(node.core.location) == 0


def test_surplus_contacts_replace_the_oldest(make_node: Make, phone: Make) -> None:
    node = make_node(max_contacts=2)
    for port in (6001, 6002, 6003):
        node.now += 1
        node.register(phone("alice", port))
    assert sorted(binding.flow.port for binding in node.core.location.all()) == [6002, 6003]


def test_a_contact_behind_nat_is_reached_the_way_it_came(node: Any, phone: Make) -> None:
    alice = phone("alice", 40000)
    alice.contact = "sip:alice@192.168.1.5:5060"
    request = alice.register().replace(b";branch", b";rport;branch")
    request = request.replace(
        b"Via: SIP/2.0/UDP 127.0.0.1:40000", b"Via: SIP/2.0/UDP 192.168.1.5:5060"
    )
    [(port, challenge)] = node.send(request, alice)
    assert port == 40000
    assert challenge.via.parameters[b"received"] == b"127.0.0.1"
    assert challenge.via.parameters[b"rport"] == b"40000"
    node.send(alice.authorize(request, challenge), alice)
    [binding] = node.core.location.all()
    assert (binding.flow.host, binding.flow.port) == ("127.0.0.1", 40000)


def test_a_contact_that_listens_elsewhere_is_reached_there(node: Any, phone: Make) -> None:
    alice = phone("alice", 40000)
    alice.contact = "sip:alice@127.0.0.1:5080"
    node.register(alice)
    [binding] = node.core.location.all()
    assert binding.flow.port == 5080


def test_contact_parameters_come_back(node: Any, phone: Make) -> None:
    alice = phone("alice")
    alice.contact += '>;+sip.instance="<urn:uuid:1>";q=0.5;custom'
    request = alice.register().replace(b";custom>", b";custom")
    [(_, challenge)] = node.send(request, alice)
    [(_, answer)] = node.send(alice.authorize(request, challenge), alice)
    [contact] = contacts(answer)
    assert ';+sip.instance="<urn:uuid:1>"' in contact
    assert ";custom" in contact


def test_changes_are_logged_once_per_binding_and_restored(
    node: Any, phone: Make, make_node: Make
) -> None:
    alice = phone("alice")
    node.register(alice)
    node.register(alice)
    [change] = node.core.location.take_changes()
    assert change.kind == "saved"
    assert node.core.location.take_changes() == []
    other = make_node()
    other.core.location.restore([change.binding])
    assert other.core.location.of("alice", other.epoch) == [change.binding]
    assert other.core.location.take_changes() == []
    node.register(alice, expires=0)
    assert [each.kind for each in node.core.location.take_changes()] == ["removed"]


def test_a_contact_that_is_no_text_is_refused(node: Any, phone: Make) -> None:
    """The store could not keep it, nor anything that was to be written with it."""
    alice = phone("alice")
    request, challenge = challenged(node, alice)
    data = alice.authorize(request, challenge).replace(b"<sip:alice@127", b"<sip:\xff@127")
    assert status(node.send(data, alice)) == 400
    assert node.core.location.take_changes() == []
