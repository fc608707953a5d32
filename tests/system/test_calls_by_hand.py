"""Single calls on a whole node, each message in the test's hand: who may call, and who rings."""

import contextlib
import socket
from collections.abc import Callable, Iterator

import pytest
from ports import free_port
from running import Site, eventually
from softphone import Call, Message, SoftPhone

DEAD, CARRIER = free_port(), free_port()

TREE = f"""\
version: 1
system: {{domain: example.test, region: US}}
nodes:
  pbx1: {{address: 127.0.0.1, sip: {{udp: 5060, tcp: 5060}}, http: {{port: 8090}}}}
sites:
  hq: {{emergency_location: "1 Main St"}}
users:
  alice: {{name: Alice, extension: "201", did: "+12125550201", permissions: [local], site: hq}}
  bob: {{name: Bob, extension: "202", aliases: [robert], site: hq}}
  carol: {{name: Carol, extension: "203", site: hq, forward: [{{to: "202", after: 1s}}]}}
  lobby: {{name: Lobby, extension: "204", site: hq}}
  dora: {{name: Dora, extension: "205", permissions: [local], site: hq,
    forward: [{{to: "95557777", after: 1s}}]}}
gateways:
  dead: {{address: "127.0.0.1:{DEAD}", site: hq, probe: off, answer_within: 1s,
    caller_id: "+12125550200"}}
  carrier: {{address: "127.0.0.1:{CARRIER}", site: hq, probe: off, caller_id: "+12125550200"}}
dialplan:
  - {{rule: emergency, type: emergency, match: ["911", "9911"], dial: "911", via: [dead, carrier]}}
  - {{rule: local, type: local, match: "9NXXXXXX", strip: 1, prepend: "+1212",
     via: [dead, carrier]}}
"""


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    made = module_site(tree=TREE)
    made.start()
    return made


@pytest.fixture
def phone(site: Site) -> Iterator[Callable[..., SoftPhone]]:
    """Makes registered phones of users; they say goodbye in the end."""
    with contextlib.ExitStack() as stack:

        def make(user: str, transport: str = "udp") -> SoftPhone:
            server = ("127.0.0.1", site.sip)
            made = stack.enter_context(SoftPhone(user, site.derived(user), server, transport))
            assert made.register().status == 200
            stack.callback(goodbye, made)
            return made

        yield make


@pytest.fixture
def carrier(site: Site) -> Iterator[SoftPhone]:
    """The second gateway. It has no account: its address is who it is."""
    with SoftPhone("+12025550123", "", ("127.0.0.1", site.sip), port=CARRIER) as gateway:
        yield gateway


@pytest.fixture
def swallowing() -> Iterator[None]:
    """The first gateway is a host that takes every packet and never says a word."""
    with socket.socket(type=socket.SOCK_DGRAM) as hole:
        hole.bind(("127.0.0.1", DEAD))
        yield


def goodbye(phone: SoftPhone) -> None:
    if phone.socket.fileno() >= 0:
        phone.register(expires=0)


def talk(call: Call, callee: SoftPhone) -> None:
    """The callee answers, they talk, the caller hangs up."""
    invite = callee.expect("INVITE")
    callee.answer(invite, 180)
    call.expect(180)
    callee.answer(invite, 200)
    call.expect(200)
    call.acknowledge()
    callee.expect("ACK")
    hang_up(call, callee)


def answer(call: Call, callee: SoftPhone) -> Message:
    """The callee picks up; the INVITE that it got."""
    invite = callee.expect("INVITE")
    callee.answer(invite, 200)
    call.expect(200)
    call.acknowledge()
    callee.expect("ACK")
    return invite


def hang_up(call: Call, callee: SoftPhone) -> None:
    call.send_bye()
    callee.answer(callee.expect("BYE"), 200)
    call.expect_bye_answered()


# Who may call whom


def test_an_alias_reaches_like_an_extension(phone: Callable[..., SoftPhone]) -> None:
    alice, bob = phone("alice"), phone("bob")
    talk(alice.invite("robert"), bob)
    talk(alice.invite("202"), bob)


def test_who_has_no_permission_may_not_call_out(phone: Callable[..., SoftPhone]) -> None:
    phone("lobby").invite("95551234").expect(403)


def test_an_unknown_number_is_not_found(phone: Callable[..., SoftPhone]) -> None:
    phone("alice").invite("777").expect(404)


def test_somebody_without_a_phone_is_unavailable(phone: Callable[..., SoftPhone]) -> None:
    phone("alice").invite("204").expect(480)


@pytest.mark.usefixtures("swallowing")
def test_anybody_may_call_for_help(phone: Callable[..., SoftPhone], carrier: SoftPhone) -> None:
    call = phone("lobby").invite("9911")
    invite = carrier.expect("INVITE")
    assert invite.uri == f"sip:911@127.0.0.1:{CARRIER}"
    assert invite.one("P-Asserted-Identity") == "<sip:+12125550200@example.test>"
    carrier.answer(invite, 200)
    call.expect(200)
    call.acknowledge()
    carrier.expect("ACK")
    hang_up(call, carrier)


@pytest.mark.usefixtures("swallowing")
def test_a_gateway_that_does_not_answer_in_time_is_passed_over(
    site: Site, phone: Callable[..., SoftPhone], carrier: SoftPhone
) -> None:
    call = phone("alice").invite("95551234")
    invite = carrier.expect("INVITE", within=5)
    assert invite.uri == f"sip:+12125551234@127.0.0.1:{CARRIER}"
    carrier.answer(invite, 486)
    call.expect(486)
    eventually(lambda: "gateway dead: 408" in site.output())


def test_a_call_from_a_gateways_address_reaches_a_did_unchallenged(
    phone: Callable[..., SoftPhone], carrier: SoftPhone
) -> None:
    alice = phone("alice")
    talk(carrier.invite("+12125550201", authenticate=False), alice)


def test_from_a_gateway_nobody_dials_out(carrier: SoftPhone) -> None:
    carrier.invite("95551234", authenticate=False).expect(404)
    carrier.invite("911", authenticate=False).expect(404)


def test_the_same_call_from_another_port_is_challenged(
    site: Site, phone: Callable[..., SoftPhone]
) -> None:
    alice = phone("alice")
    with SoftPhone("+12025550123", "", ("127.0.0.1", site.sip)) as stranger:
        stranger.invite("+12125550201", authenticate=False).expect(407)
        stranger.invite("+12125550201").expect(407)
    assert alice.silent("INVITE")


# Who rings


def test_a_caller_who_gives_up_stops_the_ringing(phone: Callable[..., SoftPhone]) -> None:
    alice, bob = phone("alice"), phone("bob")
    call = alice.invite("202")
    invite = bob.expect("INVITE")
    bob.answer(invite, 180)
    call.expect(180)
    call.cancel()
    cancel = bob.expect("CANCEL")
    assert cancel.call_id == invite.call_id
    bob.answer(cancel, 200)
    bob.answer(invite, 487)
    call.expect(487)
    assert bob.expect("ACK").call_id == invite.call_id


def test_all_phones_of_a_user_ring_until_one_answers(phone: Callable[..., SoftPhone]) -> None:
    alice, desk, mobile = phone("alice"), phone("bob"), phone("bob")
    call = alice.invite("202")
    at_desk, at_mobile = desk.expect("INVITE"), mobile.expect("INVITE")
    desk.answer(at_desk, 180)
    mobile.answer(at_mobile, 180)
    call.expect(180)
    mobile.answer(at_mobile, 200)
    call.expect(200)
    call.acknowledge()
    mobile.expect("ACK")
    desk.answer(desk.expect("CANCEL"), 200)
    desk.answer(at_desk, 487)
    desk.expect("ACK")
    hang_up(call, mobile)


def test_a_call_is_forwarded_when_nobody_answers_in_time(
    phone: Callable[..., SoftPhone],
) -> None:
    alice, bob, carol = phone("alice"), phone("bob"), phone("carol")
    call = alice.invite("203")
    invite = carol.expect("INVITE")
    carol.answer(invite, 180)
    assert bob.silent("INVITE", 0.5)
    carol.answer(carol.expect("CANCEL"), 200)
    carol.answer(invite, 487)
    talk(call, bob)


@pytest.mark.usefixtures("swallowing")
def test_who_forwards_to_the_outside_does_so_on_their_own_permission(
    phone: Callable[..., SoftPhone], carrier: SoftPhone
) -> None:
    lobby, dora = phone("lobby"), phone("dora")
    call = lobby.invite("205")
    dora.answer(dora.expect("INVITE"), 486)
    invite = carrier.expect("INVITE")
    assert invite.uri == f"sip:+12125557777@127.0.0.1:{CARRIER}"
    carrier.answer(invite, 486)
    call.expect(486)


# Once they talk


def test_a_call_is_put_on_hold_and_ended_by_the_callee(
    site: Site, phone: Callable[..., SoftPhone]
) -> None:
    alice, bob = phone("alice"), phone("bob")
    call = alice.invite("202")
    invite = answer(call, bob)
    call.invite_again()
    answer(call, bob)
    assert [each["state"] for each in site.status()["calls"]] == ["answered"]
    bob.send_bye(invite)
    alice.answer(alice.expect("BYE"), 200)
    bob.response(invite.call_id, "BYE", 200)
    assert site.status()["calls"] == []


def test_a_call_goes_on_over_a_restart_of_the_node(
    site: Site, phone: Callable[..., SoftPhone]
) -> None:
    alice, bob = phone("alice"), phone("bob")
    call = alice.invite("202")
    answer(call, bob)
    site.stop()
    site.start()
    hang_up(call, bob)
    talk(alice.invite("202"), bob)


# Ways to the node


def test_a_phone_on_tcp_calls_one_on_udp(phone: Callable[..., SoftPhone]) -> None:
    alice, bob = phone("alice", "tcp"), phone("bob")
    talk(alice.invite("202"), bob)
    talk(bob.invite("201"), alice)


def test_a_phone_whose_connection_is_gone_does_not_hold_up_the_other(
    phone: Callable[..., SoftPhone],
) -> None:
    alice, gone, mobile = phone("alice"), phone("bob", "tcp"), phone("bob")
    gone.socket.close()
    talk(alice.invite("202"), mobile)
    mobile.register(expires=0)
    call = alice.invite("202")
    assert alice.response(call.call_id, "INVITE").status >= 400
