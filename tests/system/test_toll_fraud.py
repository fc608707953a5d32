"""Ways to call at somebody else's cost, tried on a whole node: the gateway hears of none."""

import socket
from collections.abc import Callable, Iterator

import pytest
from running import Site
from softphone import SoftPhone

GATEWAY = "127.0.0.5"
LOCAL, ABROAD, PREMIUM, CARIBBEAN = "95551234", "9011441234567890", "919005551234", "918765551234"
ECHOED = ("via", "from", "call-id", "cseq")


class Meter:
    """The gateway's end: a socket that costs money whenever a request but a probe arrives."""

    def __init__(self) -> None:
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind((GATEWAY, 0))
        self.port: int = self.socket.getsockname()[1]

    def heard(self, within: float = 0.0) -> list[str]:
        """First lines of the requests that came, probes left out."""
        lines = []
        self.socket.settimeout(within or 0.001)
        while True:
            try:
                line = self.socket.recv(65535).split(b"\r\n")[0].decode()
            except TimeoutError:
                return lines
            if not line.startswith("OPTIONS "):
                lines.append(line)
                self.socket.settimeout(0.001)


@pytest.fixture(scope="module")
def meter() -> Iterator[Meter]:
    made = Meter()
    yield made
    made.socket.close()


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site], meter: Meter) -> Site:
    made = module_site()
    made.edit("192.0.2.10:5060", f"{GATEWAY}:{meter.port}")
    made.commit("Use a gateway that we hear")
    made.start()
    return made


@pytest.fixture(autouse=True)
def nothing_was_charged(meter: Meter) -> Iterator[None]:
    meter.heard()
    yield
    assert meter.heard(within=0.3) == []


@pytest.fixture
def alice(site: Site) -> Iterator[SoftPhone]:
    with SoftPhone("alice", site.derived("alice"), ("127.0.0.1", site.sip)) as phone:
        assert phone.register().status == 200
        yield phone


@pytest.fixture
def bob(site: Site) -> Iterator[SoftPhone]:
    with SoftPhone("bob", site.derived("bob"), ("127.0.0.1", site.sip)) as phone:
        assert phone.register().status == 200
        yield phone


def ask(phone: SoftPhone, method: str, uri: str, *headers: str, **more: str) -> int:
    """Status of the answer to a request without credentials."""
    more.setdefault("to", f"<{uri}>")
    call_id = f"{method}-{phone.port}-{len(phone.heard)}"
    phone.send(
        phone.request(method, uri, call_id=call_id, tag="x", sequence=1, headers=headers, **more)
    )
    return phone.response(call_id, method).status


def test_an_honest_call_does_reach_the_gateway(alice: SoftPhone, meter: Meter) -> None:
    """Or the silence of the gateway would prove nothing."""
    call = alice.invite(LOCAL)
    assert meter.heard(within=5)[0].startswith("INVITE sip:+12125551234@")
    call.cancel()
    meter.heard(within=1)


@pytest.mark.parametrize("number", [LOCAL, ABROAD, "911", "+12125551234", "00441234567890"])
def test_a_stranger_calls_nobody(site: Site, number: str) -> None:
    server = ("127.0.0.1", site.sip)
    with SoftPhone("eve", "unknown", server, domain="elsewhere.test") as eve:
        assert ask(eve, "INVITE", f"sip:{number}@example.test") == 403
    with SoftPhone("alice", "unknown", server) as claims_to_be_alice:
        assert ask(claims_to_be_alice, "INVITE", f"sip:{number}@example.test") == 407


@pytest.mark.parametrize("method", ["REFER", "MESSAGE", "SUBSCRIBE", "OPTIONS", "INVITE"])
def test_nobody_is_relayed_to_the_gateways_address(
    alice: SoftPhone, meter: Meter, method: str
) -> None:
    at_gateway = f"sip:+19005551234@{GATEWAY}:{meter.port}"
    assert ask(alice, method, at_gateway) == 403
    assert ask(alice, method, at_gateway, to=f"<{at_gateway}>;tag=made-up") == 403
    route = f"Route: <sip:{GATEWAY}:{meter.port};lr>"
    assert ask(alice, method, f"sip:{LOCAL}@example.test", route) == 403
    forged = f"Route: <sip:AHt_AAABF3EAe38AAAEXcrbWPwRc-vePIA@127.0.0.1:{alice.server[1]};lr>"
    assert ask(alice, method, at_gateway, forged, to=f"<{at_gateway}>;tag=made-up") == 403


def test_a_transfer_without_a_password_is_refused(bob: SoftPhone, site: Site) -> None:
    refer_to = f"Refer-To: <sip:{LOCAL}@example.test>"
    with SoftPhone("alice", "unknown", bob.server) as thief:
        assert ask(thief, "REFER", "sip:bob@example.test", refer_to) == 407
        made_up = "<sip:bob@example.test>;tag=made-up"
        assert ask(thief, "REFER", "sip:bob@example.test", refer_to, to=made_up) == 407
    assert bob.silent("REFER", 0.5)


@pytest.mark.parametrize("status", [300, 301, 302, 305])
def test_a_redirection_is_not_followed(
    alice: SoftPhone, bob: SoftPhone, meter: Meter, status: int
) -> None:
    call = alice.invite("202")
    invite = bob.expect("INVITE")
    copied = [f"{name}: {value}" for name, value in invite.headers if name in ECHOED]
    lines = [f"SIP/2.0 {status} Elsewhere", *copied, f"To: {invite.one('To')};tag=b"]
    lines.append(f"Contact: <sip:+19005551234@{GATEWAY}:{meter.port}>")
    bob.send("\r\n".join([*lines, "Content-Length: 0", "", ""]))
    call.expect(status)


def test_a_user_calls_as_nobody_else(bob: SoftPhone) -> None:
    uri = f"sip:{LOCAL}@example.test"
    call = bob.invite(LOCAL, authenticate=False)
    challenge = bob.response(call.call_id, "INVITE", 407)
    proof = bob.credentials("INVITE", uri, challenge)
    as_alice = bob.request(
        "INVITE", uri, to=f"<{uri}>", sender="<sip:alice@example.test>;tag=x", tag="",
        call_id="as-alice", sequence=2, headers=(proof,),
    )  # fmt: skip
    bob.send(as_alice)
    assert bob.response("as-alice", "INVITE").status == 403


@pytest.mark.parametrize(
    ("user", "number"),
    [
        ("lobby", LOCAL),
        ("bob", "912125551234"),
        ("alice", ABROAD),
        ("alice", PREMIUM),
        ("alice", CARIBBEAN),
    ],
)
def test_what_nobody_opened_is_closed(site: Site, user: str, number: str) -> None:
    """Local without the permission; long distance; abroad and premium for whoever may most."""
    with SoftPhone(user, site.derived(user), ("127.0.0.1", site.sip)) as phone:
        call = phone.invite(number)
        refused = phone.response(call.call_id, "INVITE")
        assert refused.status in (403, 404), refused.first


def test_the_gateway_itself_reaches_users_only(site: Site, meter: Meter) -> None:
    """Whoever speaks for the provider cannot have a call back at the owner's cost."""
    request = (
        f"INVITE sip:{LOCAL}@127.0.0.1:{site.sip} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {GATEWAY}:{meter.port};branch=z9hG4bK-back;rport\r\n"
        f"From: <sip:+12125550199@{GATEWAY}>;tag=b\r\nTo: <sip:{LOCAL}@127.0.0.1>\r\n"
        "Call-ID: back\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    meter.socket.sendto(request.encode(), ("127.0.0.1", site.sip))
    answers = [line for line in meter.heard(within=3) if line.startswith("SIP/2.0 ")]
    assert answers
    assert answers[-1].split()[1] == "404"
    ack = request.replace("INVITE sip", "ACK sip").replace("1 INVITE", "1 ACK")
    meter.socket.sendto(ack.encode(), ("127.0.0.1", site.sip))
