"""The call flows of RFC 3665 in which proxies or a registrar take part, through two nodes.

Alice is behind the proxy of atlanta.test, Bob behind that of biloxi.test, as the RFC draws them.
Each scenario of sipp checks each message; this module checks what takes more than one of them to
tell. Not here: 3.1 (nobody between the phones) and 3.5 (a gateway of the application layer, which
a proxy is not).
"""

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ports import free_port
from running import Site, eventually
from sipp import Sipp, users_file
from softphone import SoftPhone

ATLANTA, BILOXI = "atlanta.test", "biloxi.test"
PROXY_2 = free_port()
"""Whoever plays the second proxy in 3.3."""

ATLANTA_TREE = f"""\
version: 1
system: {{domain: {ATLANTA}, region: US}}
nodes:
  pbx1: {{address: 127.0.0.1, sip: {{udp: 5060, tcp: 5060}}, http: {{port: 8090}}}}
users:
  alice: {{name: Alice, extension: "201", did: "+12125550201", permissions: [local]}}
gateways:
  biloxi: {{address: "127.0.0.1:{{biloxi}}"}}
  proxy2: {{address: "127.0.0.1:{PROXY_2}"}}
dialplan:
  - {{rule: biloxi, type: local, match: "9NXXXXXX", strip: 1, prepend: "+1212", via: [biloxi]}}
  - {{rule: proxy2, type: local, match: "8NXXXXXX", strip: 1, prepend: "+1212", via: [proxy2]}}
"""
BILOXI_TREE = f"""\
version: 1
system: {{domain: {BILOXI}, region: US}}
nodes:
  pbx1: {{address: 127.0.0.1, sip: {{udp: 5060, tcp: 5060}}, http: {{port: 8090}}}}
users:
  bob: {{name: Bob, extension: "202", did: "+12125550202"}}
  silent: {{name: Silent, extension: "203", did: "+12125550203"}}
gateways:
  atlanta: {{address: "127.0.0.1:5999"}}
"""
NUMBER = "95550202"
"""What Alice dials for Bob."""


@pytest.fixture(scope="module")
def sites(module_site: Callable[..., Site]) -> tuple[Site, Site]:
    """Atlanta and Biloxi; each knows the other as a gateway."""
    biloxi = module_site("biloxi", tree=BILOXI_TREE)
    atlanta = module_site("atlanta", tree=ATLANTA_TREE.replace("{biloxi}", str(biloxi.sip)))
    biloxi.edit("127.0.0.1:5999", f"127.0.0.1:{atlanta.sip}")
    biloxi.commit("Peer with Atlanta")
    for site in (biloxi, atlanta):
        site.start()
    return atlanta, biloxi


@pytest.fixture
def atlanta(sites: tuple[Site, Site]) -> Site:
    return sites[0]


@pytest.fixture
def biloxi(sites: tuple[Site, Site]) -> Site:
    return sites[1]


def credentials(user: str, password: str) -> str:
    return f"[authentication username={user} password={password}]"


def registration(biloxi: Site, folder: Path, flow: str, ports: tuple[int, int], **who: str) -> Sipp:
    """A flow of section 2: `ports` are of the two contacts."""
    user = who.get("user", "bob")
    row = user, credentials(user, who.get("password") or biloxi.derived(user, domain=BILOXI))
    folder = folder / flow
    folder.mkdir(exist_ok=True)
    return Sipp(
        f"rfc3665-{flow}", folder, free_port(), 1, ("127.0.0.1", biloxi.sip),
        users_file(folder / "users.csv", [row]),
        {"callee_port": ports[0], "second_port": ports[1]},
    )  # fmt: skip


def contacts(biloxi: Site, user: str = "bob") -> set[str]:
    rows = biloxi.status()["registrations"]
    return {each["contact"].partition(";")[0] for each in rows if each["user"] == user}


@pytest.fixture(scope="module")
def bob(sites: tuple[Site, Site], tmp_path_factory: pytest.TempPathFactory) -> int:
    """The port at which Bob is registered (the flow of section 2.1)."""
    port = free_port()
    with registration(sites[1], tmp_path_factory.mktemp("bob"), "2.1", (port, 0)) as sipp:
        sipp.succeed()
    return port


@pytest.fixture(scope="module", autouse=True)
def nobody_responds(
    sites: tuple[Site, Site], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sipp]:
    """The flow of section 3.10. It takes 32 seconds, while the others run."""
    folder, port = tmp_path_factory.mktemp("silent"), free_port()
    with registration(sites[1], folder, "2.1", (port, 0), user="silent") as sipp:
        sipp.succeed()
    with socket.socket(type=socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", port))
        with caller(sites[0], folder, "3.10", "95550203") as sipp:
            yield sipp


def caller(
    atlanta: Site,
    folder: Path,
    flow: str,
    number: str = NUMBER,
    *,
    ask: int = 0,
    others: tuple[int, int] = (0, 0),
) -> Sipp:
    """Alice in a flow of section 3. `ask` is the port of whom she asks first, by default her proxy;
    `others` what the scenario calls field3 and field4."""
    password = atlanta.derived("alice", domain=ATLANTA)
    row = "alice", credentials("alice", password), number, *map(str, others)
    return Sipp(
        f"rfc3665-{flow}-caller", folder, free_port(), 1, ("127.0.0.1", ask or atlanta.sip),
        users_file(folder / "calls.csv", [row]),
    )  # fmt: skip


def callee(folder: Path, flow: str, port: int) -> Sipp:
    return Sipp(f"rfc3665-{flow}-callee", folder, port, 1)


def test_section_2_registrations(biloxi: Site, bob: int, tmp_path: Path) -> None:
    """One after the other, as the RFC tells them: each begins where the one before ended."""
    second = free_port()
    desk, mobile = (f"sip:bob@127.0.0.1:{port}" for port in (bob, second))
    assert contacts(biloxi) == {desk}
    for flow, left in (
        ("2.2", {desk, mobile}),
        ("2.3", {desk, mobile}),
        ("2.4", set()),
        ("2.5", set()),
        ("2.1", {desk}),
    ):
        password = "not his" if flow == "2.5" else ""
        with registration(biloxi, tmp_path, flow, (bob, second), password=password) as sipp:
            sipp.succeed()
        assert contacts(biloxi) == left, flow


@pytest.mark.parametrize("flow", ["3.2", "3.7", "3.8", "3.9", "3.11"])
def test_section_3_calls(atlanta: Site, biloxi: Site, bob: int, tmp_path: Path, flow: str) -> None:
    with callee(tmp_path, flow, bob) as called:
        with caller(atlanta, tmp_path, flow) as calling:
            calling.succeed()
        called.succeed()
    hosts = r"127\.0\.0\.1"
    [invite] = called.requests("INVITE")
    vias = re.findall(rf"Via: SIP/2\.0/UDP {hosts}:(\d+)", invite)
    assert vias == [str(port) for port in (biloxi.sip, atlanta.sip, calling.port)]
    recorded = re.findall(rf"Record-Route: <sip:[^@>]*@{hosts}:(\d+)[^>]*;lr", invite)
    assert recorded == [str(biloxi.sip), str(atlanta.sip)]
    for site in (atlanta, biloxi):
        eventually(lambda site=site: len(site.status()["calls"]) <= 1)  # that of 3.10 goes on


def test_section_3_3_multiple_proxy_authentication(atlanta: Site, tmp_path: Path) -> None:
    """Alice is the tests' own phone: sipp can answer only one challenge in a message."""
    password, server = atlanta.derived("alice", domain=ATLANTA), ("127.0.0.1", atlanta.sip)
    number = "85550202"
    uri = f"sip:{number}@{ATLANTA}"
    with (
        callee(tmp_path, "3.3", PROXY_2) as proxy2,
        SoftPhone("alice", password, server, domain=ATLANTA) as alice,
    ):
        call = alice.invite(number, authenticate=False)
        first = call.expect(407)
        alice.invite_with(call, alice.credentials("INVITE", uri, first))
        second = call.expect(407)
        assert 'realm="biloxi.test"' in second.one("Proxy-Authenticate")
        alice.invite_with(
            call,
            alice.credentials("INVITE", uri, first, count=2),
            alice.credentials("INVITE", uri, second),
        )
        call.expect(180)
        call.expect(200)
        call.acknowledge()
        call.send_bye()
        call.expect_bye_answered()
        proxy2.succeed()


def test_section_3_4_proxy_failure(atlanta: Site, bob: int, tmp_path: Path) -> None:
    with callee(tmp_path, "3.2", bob) as called:
        others = free_port(), atlanta.sip
        with caller(atlanta, tmp_path, "3.4", others=others) as calling:
            calling.succeed()
        called.succeed()


def test_section_3_6_redirect_and_proxy(atlanta: Site, bob: int, tmp_path: Path) -> None:
    redirecting = Sipp(
        "rfc3665-3.6-redirect", tmp_path, free_port(), 1, keys={"proxy": atlanta.sip}
    )
    with callee(tmp_path, "3.2", bob) as called, redirecting:
        others = 0, atlanta.sip
        with caller(atlanta, tmp_path, "3.6", ask=redirecting.port, others=others) as calling:
            calling.succeed()
        redirecting.succeed()
        called.succeed()


def test_section_3_10_no_response_from_user_agent(nobody_responds: Sipp) -> None:
    nobody_responds.succeed()
