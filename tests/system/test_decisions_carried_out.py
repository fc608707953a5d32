"""What `pbx route` says before a call is what happens in it, on a whole node with real sockets."""

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ports import free_port
from running import Site, eventually
from softphone import Message, SoftPhone

PORTS = {"first": free_port(), "second": free_port(), "third": free_port()}

TREE = f"""\
version: 1
system:
  domain: example.test
  region: US
  inbound: {{anonymous: false}}
nodes:
  pbx1: {{address: 127.0.0.1, sip: {{udp: 5060, tcp: 5060}}, http: {{port: 8090}}}}
sites:
  hq: {{emergency_location: "1 Main St"}}
users:
  alice: {{name: Alice, extension: "201", did: "+12125550201", permissions: [local], site: hq}}
  bob: {{name: Bob, extension: "202", permissions: [local], site: hq, do_not_disturb: true}}
  carol: {{name: Carol, extension: "203", site: hq}}
  dora: {{name: Dora, extension: "204", site: hq}}
hunt_groups:
  desk: {{extension: "400", did: "+12125550400", members: [carol, dora], strategy: round_robin,
    ring: 2s, site: hq}}
gateways:
  first: {{address: "127.0.0.1:{PORTS["first"]}", site: hq, probe: off, max_channels: 1,
    caller_id: "+12125550200", failover_on: ["404"], inbound: {{block: ["+1900."]}}}}
  second: {{address: "127.0.0.1:{PORTS["second"]}", site: hq, probe: off, show: anonymous,
    caller_id: "+12125550200"}}
  third: {{address: "127.0.0.1:{PORTS["third"]}", site: hq, probe: off, caller_id: "+12125550200"}}
dialplan:
  - {{rule: emergency, type: emergency, match: ["911", "8911", "9911"], dial: "911",
     via: [first, second]}}
  - {{rule: local, type: local, match: "9NXXXXXX", strip: 1, prepend: "+1212",
     via: [first, second]}}
  - {{rule: shared, type: local, match: "8NXXXXXX", strip: 1, prepend: "+1212",
     via: [second, third], balance: true}}
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
def gateways(site: Site) -> Iterator[dict[str, SoftPhone]]:
    """The far sides."""
    with contextlib.ExitStack() as stack:
        yield {
            name: stack.enter_context(
                SoftPhone("+12025550123", "", ("127.0.0.1", site.sip), port=port)
            )
            for name, port in PORTS.items()
        }


def foretold(site: Site, number: str, caller: str) -> dict[str, Any]:
    """What `pbx route` says."""
    done = site.pbx("route", number, "--from", caller, "--format", "json")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def end(call: Any, gateway: SoftPhone) -> None:
    """Hang up."""
    call.acknowledge()
    call.send_bye()
    gateway.answer(gateway.expect("BYE"), 200)
    call.expect_bye_answered()


def test_gateways_are_tried_as_foretold_and_the_log_says_why_each_failed(
    site: Site, phone: Callable[..., SoftPhone], gateways: dict[str, SoftPhone]
) -> None:
    steps = foretold(site, "95551234", "alice")["steps"]
    assert [step["gateway"] for step in steps] == ["first", "second"]
    call = phone("alice").invite("95551234")
    gateways["first"].answer(gateways["first"].expect("INVITE"), 404, "No Route")
    invite = gateways["second"].expect("INVITE")
    assert invite.uri.startswith(f"sip:{steps[1]['number']}@")
    assert invite.one("Privacy") == "id"
    assert invite.one("P-Asserted-Identity") == f"<sip:{steps[1]['caller_id']}@example.test>"
    gateways["second"].answer(invite, 200)
    call.expect(200)
    [known] = site.status()["calls"]
    assert (known["rule"], known["type"], known["targets"]) == ("local", "local", ["second"])
    assert known["failed"] == [{"gateway": "first", "status": 404, "reason": "No Route"}]
    end(call, gateways["second"])
    for line in (
        "alice dials 95551234 → first, second (rule local, local)",
        f"gateway first: 404 No Route (udp:127.0.0.1:{PORTS['first']}), alice → 95551234",
        "alice → 95551234 answered by second",
    ):
        eventually(lambda line=line: line in site.output())


def test_a_failure_that_is_not_the_gateways_is_the_answer(
    phone: Callable[..., SoftPhone], gateways: dict[str, SoftPhone]
) -> None:
    call = phone("alice").invite("95551234")
    gateways["first"].answer(gateways["first"].expect("INVITE"), 500, "Busy With Myself")
    call.expect(500)
    assert gateways["second"].silent("INVITE")


def test_a_full_gateway_is_passed_over_until_its_call_ends(
    site: Site, phone: Callable[..., SoftPhone], gateways: dict[str, SoftPhone]
) -> None:
    alice = phone("alice")
    first = alice.invite("95551234")
    gateways["first"].answer(gateways["first"].expect("INVITE"), 200)
    first.expect(200)
    [busy] = [each for each in site.status()["gateways"] if each["gateway"] == "first"]
    assert busy["calls"] == 1
    second = alice.invite("95551234")
    gateways["second"].answer(gateways["second"].expect("INVITE"), 200)
    second.expect(200)
    eventually(lambda: "gateway first: 503 all 1 channels are in use" in site.output())
    end(first, gateways["first"])
    end(second, gateways["second"])
    third = alice.invite("95551234")
    gateways["first"].answer(gateways["first"].expect("INVITE"), 486)
    third.expect(486)


def test_weights_share_calls(
    phone: Callable[..., SoftPhone], gateways: dict[str, SoftPhone]
) -> None:
    alice, seen = phone("alice"), []
    for _ in range(20):
        call = alice.invite("85551234")
        invite, name = first_of(gateways)
        seen.append(name)
        gateways[name].answer(invite, 486)
        call.expect(486)
    assert set(seen) == {"second", "third"}


def first_of(gateways: dict[str, SoftPhone]) -> tuple[Message, str]:
    """The INVITE that comes to any of them."""
    while True:
        for name, gateway in gateways.items():
            with contextlib.suppress(AssertionError):
                return gateway.expect("INVITE", 0.02), name


def test_a_hunt_group_takes_turns(site: Site, phone: Callable[..., SoftPhone]) -> None:
    alice, members = phone("alice"), {name: phone(name) for name in ("carol", "dora")}
    order = []
    for _ in range(3):
        call = alice.invite("400")
        while True:
            invite, name = first_of(members)
            order.append(name)
            members[name].answer(invite, 486)
            if len(order) % 2 == 0:
                break
        call.expect(486)
    assert order == ["carol", "dora", "dora", "carol", "carol", "dora"]


@pytest.mark.parametrize(
    ("sender", "status", "phrase"),
    [
        ("sip:+19005551234@carrier.test", 603, "Decline"),
        ("sip:anonymous@anonymous.invalid", 433, "Anonymity Disallowed"),
    ],
)
def test_callers_from_outside_are_judged_by_their_number(
    site: Site, phone: Callable[..., SoftPhone], gateways: dict[str, SoftPhone],
    sender: str, status: int, phrase: str,
) -> None:  # fmt: skip
    phone("alice")
    gateway, uri = gateways["first"], "sip:+12125550201@127.0.0.1"
    gateway.send(
        gateway.request(
            "INVITE", uri, to=f"<{uri}>", call_id=f"in-{status}", tag="", sequence=1,
            sender=f"<{sender}>;tag=x",
        )
    )  # fmt: skip
    answer = gateway.response(f"in-{status}", "INVITE")
    assert answer.first == f"SIP/2.0 {status} {phrase}"


def test_who_is_not_to_be_disturbed_is_unavailable(
    site: Site, phone: Callable[..., SoftPhone]
) -> None:
    said = foretold(site, "202", "alice")
    answer = phone("alice").invite("202").expect(480)
    assert (said["outcome"], said["status"]) == ("refused", 480)
    assert answer.first == f"SIP/2.0 480 {said['reason']}"
