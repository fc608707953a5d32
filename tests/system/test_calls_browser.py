"""Two web pages in a real browser, with JsSIP over secure WebSocket, call and hear each other."""

from collections.abc import Callable, Iterator

import pytest
from authority import Authority
from browser import Browser, Page
from ports import free_port
from running import Site, eventually

PORT = free_port()

TREE = """\
version: 1
system: {{domain: example.test, region: US}}
nodes:
  pbx1:
    address: 127.0.0.1
    sip: {{udp: 5060, tcp: 5060, wss: {port}, certificate: {{chain: {chain}, key: {key}}}}}
    http: {{port: 8090}}
users:
  alice: {{name: Alice, extension: "201"}}
  bob: {{name: Bob, extension: "202"}}
  carol: {{name: Carol, extension: "203"}}
"""


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Site:
    chain, key = Authority(tmp_path_factory.mktemp("authority")).issue("127.0.0.1")
    made = module_site(tree=TREE.format(port=PORT, chain=chain, key=key))
    made.start()
    return made


@pytest.fixture
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture
def register(site: Site, browser: Browser) -> Callable[[str], Page]:
    """Opens a page and registers its phone."""

    def make(user: str) -> Page:
        page = browser.page()
        assert page.phone("register", f"wss://127.0.0.1:{PORT}/", user, site.derived(user))
        return page

    return make


def happened(page: Page, name: str, originator: str) -> None:
    eventually(lambda: any(each[:2] == [name, originator] for each in page.phone("story")), 20)


def hears(page: Page) -> None:
    """Sound arrives from now on. Chromium's microphone of tests beeps."""
    before = page.phone("heard")

    def more() -> bool:
        now = page.phone("heard")
        return bool(now["packets"] > before["packets"] + 10 and now["energy"] > before["energy"])

    eventually(more, 20)


def test_two_pages_call_hear_each_other_and_hang_up(
    site: Site, register: Callable[[str], Page]
) -> None:
    alice, bob = pages = register("alice"), register("bob")
    flows = [each["contact"] for each in site.status()["registrations"]]
    assert all("transport=ws" in contact for contact in flows)
    alice.phone("call", "202")
    happened(alice, "confirmed", "local")
    happened(bob, "confirmed", "remote")
    [call] = site.status()["calls"]
    assert (call["caller"], call["callee"], call["state"]) == ("alice", "202", "answered")
    for page in pages:
        hears(page)

    eventually(lambda: bob.phone("hold"))
    happened(bob, "hold", "local")
    happened(alice, "hold", "remote")
    eventually(lambda: bob.phone("resume"))
    happened(alice, "unhold", "remote")
    hears(alice)

    bob.phone("hangUp")
    happened(bob, "ended", "local")
    happened(alice, "ended", "remote")
    eventually(lambda: site.status()["calls"] == [])


def test_a_call_is_transferred_after_asking(site: Site, register: Callable[[str], Page]) -> None:
    """REFER with Replaces (RFC 3891): Carol's call with Alice becomes one with Bob."""
    alice, bob, carol = register("alice"), register("bob"), register("carol")
    alice.phone("call", "202")
    happened(bob, "confirmed", "remote")
    eventually(lambda: alice.phone("hold"))
    happened(bob, "hold", "remote")
    alice.phone("call", "203")
    happened(carol, "confirmed", "remote")
    alice.phone("transfer", "203")
    happened(carol, "ended", "local")  # that with Alice
    happened(bob, "confirmed", "local")  # that with Carol
    hears(carol)
    happened(alice, "ended", "local")  # that with Bob, who told her
    calls = {("bob", "203")}
    eventually(lambda: {(c["caller"], c["callee"]) for c in site.status()["calls"]} == calls)
