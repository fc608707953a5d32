"""A node serves phones by every protocol, and says of them what `pbx devices` prints."""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from authority import Authority
from makers import Maker
from ports import free_port
from running import Site, eventually, run
from softphone import SoftPhone

DESK, POLY, UNKNOWN = "0015651234aa", "64167f5678cc", "001565999999"
AGENT = "Yealink SIP-T46G 28.83.0.120 00:15:65:12:34:aa"


@dataclass(frozen=True)
class Phones:
    """A node, its ports, and the maker of its phones."""

    site: Site
    https: int
    clients: int
    tftp: int
    ftp: int
    maker: Maker
    authority: Authority
    folder: Path

    def devices(self, *words: str) -> Any:
        """`pbx devices …` as data."""
        done = self.site.pbx(
            "devices", *words, "--format", "json", "--state", str(self.site.state), check=True
        )
        return json.loads(done.stdout)

    def says(self, *words: str) -> str:
        """`pbx devices …` as text."""
        return self.site.pbx("devices", *words, "--state", str(self.site.state), check=True).stdout

    def curl(self, url: str, *words: str, agent: str = AGENT) -> str:
        return run(
            "curl",
            "-sS",
            "--max-time",
            "10",
            "-A",
            agent,
            *words,
            url,
            cwd=self.folder,
            check=False,
        ).stdout


@pytest.fixture(scope="module")
def phones(module_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Phones:
    folder = tmp_path_factory.mktemp("phones")
    authority, maker = Authority(folder), Maker(folder / "maker")
    chain, key = authority.issue("localhost")
    https, clients, tftp, ftp = (free_port() for _ in range(4))
    tree = f"""\
version: 1
system: {{domain: example.test, region: US}}
nodes:
  pbx1:
    address: 127.0.0.1
    sip: {{udp: 5060, tcp: 5060}}
    http:
      port: 8090
      tls:
        port: {https}
        name: localhost
        certificate: {{chain: {chain}, key: {key}}}
        clients: [{maker.authority}]
        clients_port: {clients}
    tftp: {{port: {tftp}}}
    ftp: {{port: {ftp}}}
sites:
  hq: {{emergency_location: "1 Main St", emergency_callback: "+12125550200"}}
users:
  alice: {{name: Alice Adams, extension: "201", site: hq}}
  bob: {{name: Bob Brown, extension: "202", site: hq}}
phones:
  "{DESK}": {{model: yealink-t46g, lines: [alice]}}
  "{POLY}": {{model: poly-vvx400, lines: [bob]}}
gateways:
  one: {{address: "192.0.2.10:5060", emergency: true}}
  two: {{address: "192.0.2.11:5060", emergency: true}}
dialplan:
  - {{rule: emergency, type: emergency, match: "911", via: [one, two]}}
"""
    site = module_site(tree=tree)
    site.start()
    return Phones(site, https, clients, tftp, ftp, maker, authority, folder)


def test_the_url_that_a_phone_is_given_is_by_https_and_works(phones: Phones) -> None:
    url = phones.site.url(DESK)
    assert url.startswith(f"https://localhost:{phones.https}/d/")
    assert "account.1.password = " in phones.curl(url, "--cacert", str(phones.authority.file))
    (desk,) = [each for each in phones.devices("list")["devices"] if each["mac"] == DESK]
    assert (desk["profile"], desk["firmware"], desk["registered"]) == ("current", "83.0.120", False)
    services = {each["name"] for each in phones.site.status()["services"]}
    assert {"http", "https", "https/clients", "tftp", "ftp"} <= services


def test_a_makers_certificate_opens_the_bare_name(phones: Phones) -> None:
    shown = phones.maker.phone("desk", f"/CN={DESK}")
    origin = f"https://localhost:{phones.clients}"
    assert "account.1.password = " in phones.curl(f"{origin}/{DESK}.cfg", "-k", *shown)
    assert phones.curl(f"{origin}/{POLY}-user.cfg", "-k", *shown) == "not found\n"


def test_a_phone_with_a_useless_certificate_reads_its_url(phones: Phones) -> None:
    """OpenSSL ends its handshake where certificates are asked for; at the usual port none is."""
    shown = phones.maker.phone("old", f"/CN={DESK}", days=-1)
    url, asking = phones.site.url(DESK), f"https://localhost:{phones.clients}/"
    assert "account.1.password = " in phones.curl(url, "-k", *shown)
    bare = f"https://localhost:{phones.https}/{DESK}.cfg"
    assert phones.curl(bare, "-k", *shown) == "not found\n"
    assert phones.curl(f"{asking}{DESK}.cfg", "-k", *shown) == ""


def test_a_renewed_certificate_is_shown_without_a_restart(phones: Phones) -> None:
    other = Authority(phones.folder, "Other")
    chain, key = other.issue("localhost", file="renewed")
    for made, name in ((key, "node.key"), (chain, "node.pem")):
        made.replace(phones.folder / name)
    url = phones.site.url(DESK)
    eventually(lambda: "account.1" in phones.curl(url, "--cacert", str(other.file)))
    both = [phones.https, phones.clients]
    known = [
        phones.curl(f"https://localhost:{port}/", "--cacert", str(other.file)) for port in both
    ]
    assert known == ["not found\n"] * 2


def test_a_new_phone_is_enrolled_by_tftp_once(phones: Phones) -> None:
    command = [
        "tftp", "-m", "binary", "127.0.0.1", str(phones.tftp), "-c", "get", f"{DESK}.cfg", "got",
    ]  # fmt: skip

    def fetch() -> str:
        subprocess.run(command, cwd=phones.folder, capture_output=True, timeout=20, check=False)
        return (phones.folder / "got").read_text()

    assert fetch() == ""
    assert "once" in phones.says("enrol", DESK, "--for", "10m")
    assert f"server.url = {phones.site.url(DESK)}\n" in fetch()
    assert phones.devices("show", DESK)["enrolment"]["peer"] == "127.0.0.1"
    again = phones.says("enrol", DESK)
    assert "raise its credential_epoch" in again
    eventually(lambda: "AGAIN" in phones.site.output())
    (phones.folder / "got").unlink()
    # A phone of a model reads what all of them share, by TFTP as by HTTP.
    command[-2:] = ["y000000000028.cfg", "got"]
    shared = fetch()
    assert shared == phones.curl(f"http://127.0.0.1:{phones.site.http}/y000000000028.cfg")
    assert shared.startswith("#!version:1.0.0.1")


def test_what_was_set_on_a_phone_is_shown_as_drift(phones: Phones) -> None:
    (phones.folder / "web.cfg").write_text('<x tcpIpApp.sntp.gmtOffset="7200" up.screen="1"/>')
    url = f"{phones.site.url(POLY)}{POLY}-web.cfg"
    phones.curl(url, "-k", "-T", "web.cfg")
    shown = eventually(lambda: (found := phones.devices("show", POLY))["overrides"] and found)
    assert {each["parameter"]: each["told"] is None for each in shown["overrides"]} == {
        "tcpIpApp.sntp.gmtOffset": False, "up.screen": True,
    }  # fmt: skip
    drift = f'up.screen is "1" on the phone, and nothing in its files ({POLY}-web.cfg)'
    assert drift in phones.says("show", POLY)


def test_a_log_is_dropped_by_ftp(phones: Phones) -> None:
    (phones.folder / "app.log").write_text("line\n" * 100)
    run(
        "lftp", "-u", "PlcmSpIp,PlcmSpIp", "-p", str(phones.ftp), "127.0.0.1", "-e",
        f"set ftp:ssl-allow no; put app.log -o {POLY}-app.log; bye", cwd=phones.folder,
    )  # fmt: skip

    def kept() -> Any:
        return [each for each in phones.devices("show", POLY)["uploads"] if each["kind"] == "log"]

    (log,) = eventually(kept)
    assert (log["name"], log["size"]) == (f"{POLY}-app.log", 500)


def test_a_phone_that_is_not_in_the_tree_waits_to_be_approved(phones: Phones) -> None:
    url = f"http://127.0.0.1:{phones.site.http}/{UNKNOWN}.cfg"
    assert phones.curl(url, agent="Yealink SIP-T46G 28.83.0.120") == "not found\n"
    (seen,) = phones.devices("list", "--pending")["pending"]
    assert (seen["mac"], seen["model"], seen["count"]) == (UNKNOWN, "yealink-t46g", 1)
    assert UNKNOWN in phones.says("list", "--pending")
    assert (
        "1 phone is not in the tree"
        in phones.site.pbx("status", "--state", str(phones.site.state)).stdout
    )


def test_a_changed_tree_leaves_phones_behind_until_they_fetch(phones: Phones) -> None:
    site = phones.site
    url = site.url(DESK)
    phones.curl(url, "-k")
    site.edit("Alice Adams", "Alice Abbot")
    site.runs(site.commit("Alice has married"))

    def profile() -> str:
        (desk,) = [each for each in phones.devices("list")["devices"] if each["mac"] == DESK]
        found: str = desk["profile"]
        return found

    assert profile() == "behind"
    assert "has an older profile" in phones.says("list")
    phones.curl(url, "-k")
    assert profile() == "current"


def test_a_registered_phone_is_told_to_fetch_when_asked(phones: Phones) -> None:
    site = phones.site
    assert "1 phones are told" not in phones.says("resync", DESK)
    with SoftPhone("alice", site.derived("alice", DESK), ("127.0.0.1", site.sip)) as phone:
        assert phone.register().status == 200
        assert "1 phones are told to fetch" in phones.says("resync", DESK)
        assert phone.expect("NOTIFY").one("Event") == "check-sync;reboot=false"
        assert "1 are not registered" in phones.says("resync", "--all")


def test_unknown_phones_are_an_error_in_words(phones: Phones) -> None:
    for words in (("show", UNKNOWN), ("enrol", UNKNOWN), ("resync", UNKNOWN)):
        done = phones.site.pbx("devices", *words, "--state", str(phones.site.state))
        assert done.returncode == 1
        assert f"there is no phone {UNKNOWN} in the tree that runs" in done.stderr
    assert phones.site.pbx("devices", "resync").returncode == 2
    assert phones.site.pbx("devices", "enrol", DESK, "--for", "soon").returncode == 2


def test_a_restart_forgets_no_fetch_no_window_and_no_pending_phone(phones: Phones) -> None:
    before = phones.devices("show", POLY), phones.devices("list", "--pending")
    eventually(lambda: phones.site.status() and True)
    phones.site.stop()
    assert phones.devices("list", "--pending") == before[1]
    done = phones.site.pbx("devices", "list", "--state", str(phones.site.state))
    assert "no node" in done.stderr
    phones.site.start()
    after = phones.devices("show", POLY), phones.devices("list", "--pending")
    assert after == before
    assert phones.devices("show", DESK)["profile"] == "current"


def test_who_goes_through_mac_addresses_is_refused_banned_and_seen_by_fail2ban(
    phones: Phones,
) -> None:
    origin = f"http://127.0.0.1:{phones.site.http}"
    urls = [f"{origin}/0015651234{number:02x}.cfg" for number in range(0x9A, 0x9A + 25)]
    assert f"{origin}/{DESK}.cfg" in urls
    said = phones.curl(urls[0], *urls[1:], "--interface", "127.0.0.9", agent="curl/8")
    assert set(said.splitlines()) == {
        "not found", "too many requests for files that do not exist",
    }  # fmt: skip
    eventually(lambda: "banned 127.0.0.9 for 3600 s: enumeration" in phones.site.output())
    text = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
    bans, refusals = re.findall(r"failregex = (.*)", text)
    log = phones.site.output() + "12:00:00  profile   x sent refused 192.0.2.1 (404): /\n"
    for written in (bans, refusals):
        pattern = re.compile(written.replace("<SUBNET>", r"(\S+)"))
        found = {m[1] for line in log.splitlines() if (m := pattern.search(line))}
        assert "127.0.0.9" in found
        assert "192.0.2.1" not in found


def test_the_log_has_no_token(phones: Phones) -> None:
    token = re.search(r"/d/([^/]+)/", phones.site.url(DESK))
    assert token is not None
    assert token[1] not in phones.site.output()
