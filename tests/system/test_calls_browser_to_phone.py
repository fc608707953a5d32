"""A web page and a plain phone hear each other: rtpengine translates DTLS-SRTP and ICE to RTP."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from authority import Authority
from baresip import Baresip
from browser import Browser, Page
from ports import free_port
from rtpengine import RtpEngine
from running import Site, eventually
from tone import peak, write_tone

WSS, NG = free_port(), free_port()

FORMATS = {"g711": (8000, 1), "opus": (48_000, 2)}
"""Samples a second and channels that each codec takes."""

TREE = """\
version: 1
system: {{domain: example.test, region: US}}
nodes:
  pbx1:
    address: 127.0.0.1
    sip: {{udp: 5060, tcp: 5060, wss: {wss}, certificate: {{chain: {chain}, key: {key}}}}}
    http: {{port: 8090}}
    rtpengine: ["127.0.0.1:{ng}"]
users:
  alice: {{name: Alice, extension: "201"}}
  bob: {{name: Bob, extension: "202"}}
"""


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtpEngine]:
    running = RtpEngine(NG, tmp_path_factory.mktemp("rtpengine"))
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def site(
    module_site: Callable[..., Site], relay: RtpEngine, tmp_path_factory: pytest.TempPathFactory
) -> Site:
    chain, key = Authority(tmp_path_factory.mktemp("authority")).issue("127.0.0.1")
    made = module_site(tree=TREE.format(wss=WSS, ng=relay.port, chain=chain, key=key))
    made.start()
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def alice(site: Site, browser: Browser) -> Page:
    """A page, registered over secure WebSocket. It answers by itself.

    One for all tests, as calls ring at every page of a user.
    """
    page = browser.page()
    assert page.phone("register", f"wss://127.0.0.1:{WSS}/", "alice", site.derived("alice"))
    return page


@pytest.fixture
def bob(site: Site, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Baresip]:
    """A phone with one codec, and SRTP or not. It answers by itself."""
    codec, srtp = request.param
    write_tone(tmp_path / "says.wav", 880, *FORMATS[codec])
    password = site.derived("bob")
    with Baresip("bob", password, site.sip, tmp_path, "auto", codec=codec, srtp=srtp) as phone:
        eventually(lambda: "200 OK () [1 binding]" in phone.output())
        yield phone


def happened(page: Page, name: str, originator: str, after: int = 0) -> None:
    """It is in the page's story, behind that many others."""
    eventually(lambda: [name, originator] in [each[:2] for each in page.phone("story")[after:]], 20)


def hears(page: Page) -> None:
    """Sound arrives from now on."""
    packets, energy = page.phone("heard").values()

    def more() -> bool:
        heard = page.phone("heard")
        return bool(heard["packets"] > packets + 40 and heard["energy"] > energy)

    eventually(more, 20)


def heard(phone: Baresip, said: int) -> None:
    """The phone's call is over; it got nearly all packets that the page sent, with sound."""
    phone.event("CALL_CLOSED")
    assert phone.packets()[1] > 0.8 * said > 0
    assert peak(phone.recording()) > 1000  # Chromium's microphone of tests beeps


def forgotten(site: Site, relay: RtpEngine) -> None:
    eventually(lambda: relay.calls() == [])
    eventually(lambda: site.status()["calls"] == [])
    assert "silent" not in site.output()


@pytest.mark.parametrize("bob", [("g711", False)], indirect=True, ids=["g711"])
def test_a_page_calls_a_phone(site: Site, relay: RtpEngine, alice: Page, bob: Baresip) -> None:
    alice.phone("call", "202")
    happened(alice, "confirmed", "local")
    assert relay.calls() != []
    hears(alice)

    eventually(lambda: alice.phone("hold"))
    eventually(lambda: bob.has("INVITE sip:bob", "a=sendonly"))
    happened(alice, "hold", "local")
    eventually(lambda: alice.phone("resume"))
    happened(alice, "unhold", "local")
    hears(alice)

    said = alice.phone("said")
    alice.phone("hangUp")
    heard(bob, said)
    forgotten(site, relay)


@pytest.mark.parametrize(
    "bob", [("opus", False), ("g711", True)], indirect=True, ids=["opus", "srtp"]
)
def test_a_phone_calls_a_page(site: Site, relay: RtpEngine, alice: Page, bob: Baresip) -> None:
    told = len(alice.phone("story"))
    bob.command("dial", "sip:201@example.test")
    bob.event("CALL_ESTABLISHED")
    happened(alice, "confirmed", "remote", told)
    assert relay.calls() != []
    hears(alice)

    bob.command("hold")
    happened(alice, "hold", "remote", told)
    bob.command("resume")
    happened(alice, "unhold", "remote", told)
    hears(alice)

    said = alice.phone("said")
    bob.command("hangup")
    happened(alice, "ended", "remote", told)
    heard(bob, said)
    forgotten(site, relay)
