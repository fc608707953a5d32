"""Calls through a real rtpengine: its ports in the descriptions, packets in both directions."""

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ports import free_port
from rtpengine import RtpEngine
from running import Site, eventually
from softphone import Call, Message, SoftPhone

TREE = """\
version: 1
system: {{domain: example.test, region: US, nat: {{relay: always}}}}
nodes:
  pbx1: {{address: 127.0.0.1, sip: {{udp: 5060, tcp: 5060}}, http: {{port: 8090}},
    rtpengine: ["127.0.0.1:{port}"]}}
sites:
  hq: {{emergency_location: "1 Main St"}}
users:
  alice: {{name: Alice, extension: "201", site: hq}}
  bob: {{name: Bob, extension: "202", site: hq}}
gateways:
  pstn: {{address: "192.0.2.10", site: hq, caller_id: "+12125550200"}}
dialplan:
  - {{rule: emergency, type: emergency, match: ["911", "9911"], dial: "911", via: [pstn]}}
"""


class Voice:
    """One end's RTP: 20 ms of G.711 in a packet, from the port in its description."""

    def __init__(self) -> None:
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", free_port()))
        self.socket.settimeout(0.2)
        self.port = self.socket.getsockname()[1]

    @property
    def description(self) -> str:
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self.port} RTP/AVP 0\r\na=sendrecv\r\n"
        )

    def speaks_to(self, other: "Voice", port: int) -> tuple[str, int]:
        """Talk to that port until the other one hears; where it hears it from."""
        payload = self.port.to_bytes(2, "big") * 80
        for sequence in range(50):
            header = bytes((0x80, 0, 0, sequence)) + bytes(4) + self.port.to_bytes(4, "big")
            self.socket.sendto(header + payload, ("127.0.0.1", port))
            try:
                data, source = other.socket.recvfrom(2048)
            except TimeoutError:
                continue
            assert data[12:] == payload
            return source  # type: ignore[no-any-return]
        raise AssertionError("nothing is heard")


def media_port(message: Message) -> int:
    [port] = re.findall(r"^m=audio (\d+) ", message.body, re.MULTILINE)
    return int(port)


@pytest.fixture(scope="module")
def port() -> int:
    """Of ng."""
    return free_port()


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site], port: int) -> Site:
    made = module_site(tree=TREE.format(port=port))
    made.start()
    return made


@pytest.fixture
def relay(port: int, tmp_path: Path) -> Iterator[RtpEngine]:
    running = RtpEngine(port, tmp_path)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def phones(site: Site) -> Iterator[tuple[SoftPhone, SoftPhone]]:
    server = ("127.0.0.1", site.sip)
    with (
        SoftPhone("alice", site.derived("alice"), server) as alice,
        SoftPhone("bob", site.derived("bob"), server) as bob,
    ):
        assert (alice.register().status, bob.register().status) == (200, 200)
        yield alice, bob
        for phone in (alice, bob):
            phone.register(expires=0)


def relays(site: Site) -> list[str]:
    return [relay["state"] for relay in site.status()["media_relays"]]


def talk(phones: tuple[SoftPhone, SoftPhone]) -> tuple[Call, Message, Message]:
    """Alice calls Bob, who answers: the INVITE that he got, and the 200 that she got."""
    alice, bob = phones
    call = alice.invite("202")
    invite = bob.expect("INVITE")
    bob.answer(invite, 180)
    call.expect(180)
    bob.answer(invite, 200)
    ok = call.expect(200)
    call.acknowledge()
    bob.expect("ACK")
    return call, invite, ok


def hang_up(call: Call, bob: SoftPhone) -> None:
    call.send_bye()
    bob.answer(bob.expect("BYE"), 200)
    call.expect_bye_answered()


def test_media_goes_through_the_relay_until_somebody_hangs_up(
    site: Site, relay: RtpEngine, phones: tuple[SoftPhone, SoftPhone]
) -> None:
    eventually(lambda: relays(site) == ["up"])
    voices = Voice(), Voice()
    for phone, voice in zip(phones, voices, strict=True):
        phone.description = voice.description

    call, invite, ok = talk(phones)

    for_bob, for_alice = media_port(invite), media_port(ok)
    assert {for_bob, for_alice}.isdisjoint({voices[0].port, voices[1].port})
    assert voices[0].speaks_to(voices[1], for_alice) == ("127.0.0.1", for_bob)
    assert voices[1].speaks_to(voices[0], for_bob) == ("127.0.0.1", for_alice)
    assert relay.knows(call.call_id)

    hang_up(call, phones[1])
    eventually(lambda: not relay.knows(call.call_id))


def test_a_refused_call_leaves_nothing_in_the_relay(
    site: Site, relay: RtpEngine, phones: tuple[SoftPhone, SoftPhone]
) -> None:
    eventually(lambda: relays(site) == ["up"])
    alice, bob = phones
    alice.description = Voice().description
    call = alice.invite("202")
    invite = bob.expect("INVITE")
    assert relay.knows(call.call_id)

    bob.answer(invite, 486)
    call.expect(486)

    eventually(lambda: not relay.knows(call.call_id))


def test_calls_go_through_while_the_relay_is_dead_and_the_log_says_so(
    site: Site, relay: RtpEngine, phones: tuple[SoftPhone, SoftPhone]
) -> None:
    eventually(lambda: relays(site) == ["up"])
    relay.stop()
    alice, bob = phones
    alice.description, bob.description = Voice().description, Voice().description

    call, invite, _ = talk(phones)

    assert invite.body == alice.description
    hang_up(call, bob)
    assert relays(site) == ["down"]
    assert "alice → 202 may be silent: no media relay answers" in eventually(
        lambda: "silent" in site.output() and site.output()
    )
    shown = site.pbx("status", "--state", site.state).stdout
    assert re.search(r"media relay 127.0.0.1:\d+: down since .*: (no answer|nobody listens)", shown)
