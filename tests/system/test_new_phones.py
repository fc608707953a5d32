"""Plug in and work: each vendor's phone asks the LAN or DHCP where its profile is, fetches it, and
registers with what stands in it. Real sockets throughout; the node is a process."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from os import getuid
from pathlib import Path

import pytest
from authority import Authority
from dhcp_lan import Lan
from new_phone import NewPhone
from pnp_lan import VENDORS
from ports import free_port
from running import Site, run
from softphone import SoftPhone


@dataclass(frozen=True)
class Kind:
    """What a vendor's phones do by themselves, and what they understand."""

    model: str
    mac: str
    agent: str
    adds: str
    """To a URL that ends with a slash. {mac} and {MAC} stand for the address."""
    leads: str
    """Where the parts of its own URL stand in the file that it is given first."""
    user: str
    password: str

    def written(self, text: str) -> str:
        return text.replace("{mac}", self.mac).replace("{MAC}", self.mac.upper())

    def full(self, url: str) -> str:
        """The URL of a file, made of one that the phone was told."""
        return self.written(url.replace("$mac", "{mac}") + self.adds * url.endswith("/"))

    def own(self, first: str) -> str:
        """The URL that the first file leads to."""
        [found] = re.findall(self.leads, first, re.MULTILINE | re.DOTALL)
        parts = [found] if isinstance(found, str) else list(found)
        if parts[0] in ("1", "2"):  # Grandstream's word for the scheme, and a path without a slash
            return self.full(f"{'https' if parts[0] == '2' else 'http'}://{parts[1]}/")
        return self.full("/".join(parts))

    def account(self, profile: str) -> tuple[str, str]:
        """User and password of the first line."""
        [user], [password] = (
            re.findall(pattern, profile, re.MULTILINE) for pattern in (self.user, self.password)
        )
        return user, password


KINDS = {
    "yealink": Kind(
        "yealink-t46g", "0015651234ab", "Yealink SIP-T46G 28.83.0.120 00:15:65:12:34:ab",
        "{mac}.cfg", r"^static\.auto_provision\.server\.url = (\S+)$",
        r"^account\.1\.user_name = (\S+)$", r"^account\.1\.password = (\S+)$",
    ),
    "snom": Kind(
        "snom-370", "000413922d24",
        "Mozilla/4.0 (compatible; snom370-SIP 8.7.5.35 1.1.4 000413922D24)",
        "snom370-{MAC}.htm", r"<setting_server perm=\"\">(\S+)</setting_server>",
        r"<user_name idx=\"1\"[^>]*>([^<]+)<", r"<user_pass idx=\"1\"[^>]*>([^<]+)<",
    ),
    "grandstream": Kind(
        "grandstream-grp2614", "c074ad0b63ee",
        "Grandstream Model HW GRP2614 SW 1.0.5.15 DevId c074ad0b63ee",
        "cfg{mac}.xml", r"<P212>(\d)</P212>\s*<P237>(\S+)</P237>",
        r"<P35>([^<]+)</P35>", r"<P34>([^<]+)</P34>",
    ),
    "fanvil": Kind(
        "fanvil-x6u", "0c383e2cd782", "Fanvil X6U 2.4.0 0c383e2cd782", "{mac}.cfg",
        r"<FlashServerIP>(\S+)</FlashServerIP>\s*<FlashFileName>(\S+)</FlashFileName>",
        r"<RegisterUser>([^<]+)<", r"<RegisterPswd>([^<]+)<",
    ),
    "panasonic": Kind(
        "panasonic-ut113", "0080f0c8c381", "Panasonic_KX-UT113/01.133 (0080f0c8c381)",
        "Config{MAC}.cfg", r"^CFG_STANDARD_FILE_PATH=\"(\S+)\"",
        r"^SIP_AUTHID_1=\"(\S+)\"", r"^SIP_PASS_1=\"(\S+)\"",
    ),
    "audiocodes": Kind(
        "audiocodes-440hd", "00908f112233", "AUDC-IPPhone/2.2.2.77 (440HDG-Rev0; 00908F112233)",
        "{mac}.cfg", r"^provisioning/configuration/url=(\S+)$",
        r"^voip/line/0/auth_name=(\S+)$", r"^voip/line/0/auth_password=(\S+)$",
    ),
    "gigaset": Kind(
        "gigaset-n870", "7c2f80e0d605",
        "Gigaset N870 IP PRO/83.V2.43.0+build.5f0a106;7C2F80E0D605;Handset=250",
        "{mac}.xml", r"name=\"Provisioning\.global\.ProvisioningServer\" value=\"([^\"]+)\"",
        r"name=\"SipAccount\.00001\.AuthName\" value=\"([^\"]+)\"",
        r"name=\"SipAccount\.00001\.AuthPassword\" value=\"([^\"]+)\"",
    ),
}  # fmt: skip
PHONES = "".join(
    f'  "{kind.mac}": {{model: {kind.model}, lines: [alice]}}\n' for kind in KINDS.values()
)


@dataclass(frozen=True)
class Node:
    """A running node with one phone of each kind in its tree."""

    site: Site
    trust: tuple[str, ...]
    """What curl has to be told of the node's certificate."""
    folder: Path

    def fetch(self, url: str, agent: str) -> str:
        words = ["curl", "-sS", "--max-time", "20", "-A", agent, *self.trust, url]
        return run(*words, cwd=self.folder).stdout

    def enrol(self, mac: str) -> None:
        state = ("--state", str(self.site.state))
        self.site.pbx("devices", "enrol", mac, *state, check=True)

    def registers(self, kind: Kind, url: str) -> None:
        """From the URL that a phone of this kind was told to its registration."""
        first = kind.full(url)
        assert self.fetch(first, kind.agent) == "not found\n"
        self.enrol(kind.mac)
        leads = self.fetch(first, kind.agent)
        own = kind.own(leads)
        assert own.startswith(f"{url.partition('://')[0]}://")
        user, password = kind.account(self.fetch(own, kind.agent))
        assert user == "alice"
        assert password not in leads
        assert self.fetch(first, kind.agent) == "not found\n"
        at = ("127.0.0.1", self.site.sip)
        with SoftPhone(user, password[::-1], at) as stranger:
            assert stranger.register().status in (401, 403)
        with SoftPhone(user, password, at) as phone:
            assert phone.register().status == 200
            assert phone.register(expires=0).status == 200


def started(site: Site, folder: Path, trust: tuple[str, ...] = ()) -> Node:
    site.edit("pnp: {port: 5060}", f"pnp: {{port: {site.sip}}}")
    site.commit("Hear phones on the router's port")
    site.start()
    return Node(site, trust, folder)


TREE = f"""\
version: 1
system: {{domain: example.test}}
nodes:
  pbx1:
    address: 127.0.0.1
    sip: {{udp: 5060, tcp: 5060}}
    http: {{port: 8090}}
    pnp: {{port: 5060}}
users:
  alice: {{name: Alice Adams, extension: "201"}}
phones:
{PHONES}"""


@pytest.fixture(scope="module")
def plain(module_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Profiles by HTTP."""
    return started(module_site("plain", tree=TREE), tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def secure(module_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Profiles by HTTPS."""
    folder = tmp_path_factory.mktemp("secure")
    authority = Authority(folder)
    chain, key = authority.issue("localhost")
    tls = (
        f"http: {{port: 8090, tls: {{port: {free_port()}, name: localhost, "
        f"certificate: {{chain: {chain}, key: {key}}}}}}}"
    )
    site = module_site("secure", tree=TREE.replace("http: {port: 8090}", tls))
    return started(site, folder, ("--cacert", str(authority.file)))


def told_by_the_lan(node: Node, vendor: str) -> str:
    """The URL that the node tells a phone that asks as its vendor does."""
    with closing(NewPhone(node.site.sip)) as phone:
        phone.ask(VENDORS[vendor][0])
        assert phone.accepted().status == 200
        return phone.told().body


@pytest.mark.parametrize("vendor", KINDS)
def test_a_new_phone_asks_the_lan_and_registers(plain: Node, vendor: str) -> None:
    url = told_by_the_lan(plain, vendor)
    assert url.startswith(f"http://127.0.0.1:{plain.site.http}/")
    plain.registers(KINDS[vendor], url)


@pytest.mark.parametrize("vendor", ["yealink", "grandstream", "fanvil"])
def test_a_new_phone_asks_the_lan_and_registers_by_https(secure: Node, vendor: str) -> None:
    """Those to which the scheme is told by a word of its own, and one to which it is not."""
    url = told_by_the_lan(secure, vendor)
    assert url.startswith("https://localhost:")
    secure.registers(KINDS[vendor], url)


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Lan]:
    made = Lan(tmp_path)
    try:
        made.build()
    except (OSError, subprocess.CalledProcessError):
        made.tear_down()
        pytest.skip("needs root and ip for network namespaces")
    try:
        yield made
    finally:
        made.tear_down()


@pytest.mark.skipif(getuid() != 0, reason="network namespaces need root")
@pytest.mark.parametrize(
    ("vendor", "says", "code"),
    [("yealink", "yealink", 66), ("audiocodes", "nothing", 160), ("gigaset", "nothing", 114)],
)
def test_a_new_phone_asks_dhcp_and_registers(
    plain: Node, lan: Lan, tmp_path: Path, vendor: str, says: str, code: int
) -> None:
    """By what `pbx render` writes for dnsmasq, known by option 60 or by its MAC address."""
    plain.site.pbx("render", "-o", str(tmp_path / "out"), check=True)
    lan.serve("dnsmasq.conf", (tmp_path / "out" / "dhcp" / "dnsmasq.conf").read_bytes())
    kind = KINDS[vendor]
    mac = ":".join(re.findall("..", kind.mac))
    options = lan.discover(mac, says)
    plain.registers(kind, options[code].decode())
