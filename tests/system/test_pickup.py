"""Picking up calls that ring elsewhere, by phones that know Replaces (RFC 3891), on a node."""

import contextlib
import re
from collections.abc import Callable, Iterator

import pytest
from ports import free_port
from running import Site, eventually
from softphone import Call, Message, SoftPhone

CARRIER = free_port()

TREE = f"""\
version: 1
system: {{domain: example.test, region: US}}
nodes:
  pbx1: {{address: 127.0.0.1, sip: {{udp: 5060, tcp: 5060}}, http: {{port: 8090}}}}
sites:
  hq: {{emergency_location: "1 Main St"}}
groups:
  sales: {{}}
users:
  alice: {{name: Alice, extension: "201", site: hq}}
  bob: {{name: Bob, extension: "202", did: "+12125550202", site: hq, groups: [sales]}}
  carol: {{name: Carol, extension: "203", site: hq, groups: [sales]}}
  dora: {{name: Dora, extension: "204", site: hq}}
gateways:
  carrier: {{address: "127.0.0.1:{CARRIER}", site: hq, probe: off, caller_id: "+12125550200"}}
  spare: {{address: 192.0.2.9, site: hq, probe: off, caller_id: "+12125550200"}}
dialplan:
  - {{rule: emergency, type: emergency, match: "911", via: [carrier, spare]}}
  - {{rule: pickup-group, type: pickup, match: "*8", strip: 2}}
  - {{rule: pickup, type: pickup, match: "*8XXX", strip: 2}}
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

        def make(user: str) -> SoftPhone:
            server = ("127.0.0.1", site.sip)
            made = stack.enter_context(SoftPhone(user, site.derived(user), server))
            assert made.register().status == 200
            stack.callback(made.register, expires=0)
            return made

        yield make


@pytest.fixture
def carrier(site: Site) -> Iterator[SoftPhone]:
    with SoftPhone("+12025550123", "", ("127.0.0.1", site.sip), port=CARRIER) as gateway:
        yield gateway


def ringing(caller: SoftPhone, callee: SoftPhone, number: str) -> tuple[Call, Message, str]:
    """A call that rings: the caller's side, the INVITE at the callee, and the callee's tag."""
    call = caller.invite(number, authenticate=bool(caller.password))
    invite = callee.expect("INVITE")
    callee.answer(invite, 180)
    [tag] = re.findall(r";tag=([^;]+)", caller.response(call.call_id, "INVITE", 180).one("To"))
    return call, invite, tag


def taken_over(picked: Message, call: Call, tag: str) -> bool:
    """What RFC 3891 section 3 has the caller's phone look at: is it my early dialog?"""
    dialog, *parameters = picked.one("Replaces").split(";")
    return dialog == call.call_id and set(parameters) == {
        f"to-tag={call.tag}", f"from-tag={tag}", "early-only",
    }  # fmt: skip


def pick_up(
    caller: SoftPhone, callee: SoftPhone, picker: SoftPhone, code: str, number: str
) -> Call:
    """The whole of it; the picker's call, which is up."""
    caller.supported = "replaces"
    call, invite, tag = ringing(caller, callee, number)
    mine = picker.invite(code)
    picked = caller.expect("INVITE")
    assert taken_over(picked, call, tag)
    assert picked.one("Require") == "replaces"
    caller.answer(picked, 200)
    mine.expect(200)
    mine.acknowledge()
    caller.expect("ACK")
    call.cancel()  # the caller's phone gives the ringing one up
    callee.answer(callee.expect("CANCEL"), 200)
    callee.answer(invite, 487)
    call.expect(487)
    return mine


@pytest.mark.parametrize("code", ["*8202", "*8"])
def test_a_colleague_talks_to_the_caller_and_the_ringing_phone_stops(
    site: Site, phone: Callable[..., SoftPhone], code: str
) -> None:
    alice, bob, carol = phone("alice"), phone("bob"), phone("carol")
    mine = pick_up(alice, bob, carol, code, "202")
    [call] = site.status()["calls"]
    assert (call["caller"], call["callee"], call["targets"]) == ("carol", code, ["alice"])
    mine.send_bye()
    alice.answer(alice.expect("BYE"), 200)
    mine.expect_bye_answered()
    eventually(lambda: site.status()["calls"] == [])
    eventually(lambda: f"carol dials {code} → alice (rule pickup" in site.output())


def test_a_call_from_outside_is_picked_up(
    site: Site, phone: Callable[..., SoftPhone], carrier: SoftPhone
) -> None:
    bob, carol = phone("bob"), phone("carol")
    mine = pick_up(carrier, bob, carol, "*8", "+12125550202")
    mine.send_bye()
    carrier.answer(carrier.expect("BYE"), 200)
    mine.expect_bye_answered()


def test_a_call_by_a_gateway_without_replaces_rings_at_the_picker(
    phone: Callable[..., SoftPhone], carrier: SoftPhone
) -> None:
    bob, carol = phone("bob"), phone("carol")
    call, invite, _ = ringing(carrier, bob, "+12125550202")
    carol.invite("*8").expect(480)
    brought = carol.expect("INVITE")
    carol.answer(brought, 200)
    call.expect(200)
    call.acknowledge()
    bob.answer(bob.expect("CANCEL"), 200)
    bob.answer(invite, 487)
    call.send_bye()
    carol.answer(carol.expect("BYE"), 200)
    call.expect_bye_answered()


def test_who_shares_no_group_picks_up_nothing(site: Site, phone: Callable[..., SoftPhone]) -> None:
    alice, bob, dora = phone("alice"), phone("bob"), phone("dora")
    call, invite, _ = ringing(alice, bob, "202")
    dora.invite("*8").expect(404)
    dora.invite("*8203").expect(480)  # Carol's, whom nobody calls
    bob.answer(invite, 486)
    call.expect(486)
    assert alice.silent("INVITE")
