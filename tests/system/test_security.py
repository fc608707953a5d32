"""A scanner and a guesser at a whole node: banned, shown, lifted; and what fail2ban makes of it."""

import re
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from ports import free_port
from running import Site, eventually
from softphone import SoftPhone

SECURITY = Path(__file__).parents[2] / "docs" / "security.md"


@pytest.fixture(scope="module")
def metrics() -> int:
    return free_port()


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site], metrics: int) -> Site:
    made = module_site()
    made.edit(
        "  domain: example.test",
        "  protection: {trusted: [], wrong_passwords: 3}\n  domain: example.test",
    )
    made.edit("http: {port", f"metrics: {{port: {metrics}}}, http: {{port")
    made.edit("  region: US", "  settings: {call_limit: 1}\n  region: US")
    made.commit("Trust nobody")
    made.start()
    return made


def scan(site: Site, host: str) -> None:
    """One request of a well-known tool."""
    request = (
        f"OPTIONS sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP {host}:5060;branch=z9hG4bK-1;rport"
        f"\r\nFrom: <sip:100@1.1.1.1>;tag=1\r\nTo: <sip:100@1.1.1.1>\r\nCall-ID: 1\r\n"
        "CSeq: 1 OPTIONS\r\nUser-Agent: friendly-scanner\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.sip), 5, (host, 0)) as scanner:
        scanner.sendall(request.encode())


def test_a_scanner_is_banned_until_somebody_lifts_it(site: Site, metrics: int) -> None:
    scan(site, "127.0.0.66")
    [ban] = eventually(lambda: site.status()["bans"])
    assert (ban["address"], ban["reason"]) == ("127.0.0.66", "scanner")
    assert "127.0.0.66 for " in site.pbx("bans", "list", "--state", site.state).stdout
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=5) as answer:
        assert 'dialtree_sip_bans_total{reason="scanner"} 1.0' in answer.read().decode()
    lifted = site.pbx("bans", "lift", "127.0.0.66", "--state", site.state)
    assert lifted.returncode == 0, lifted.stderr
    assert site.status()["bans"] == []
    assert site.pbx("bans", "lift", "127.0.0.66", "--state", site.state).returncode == 1


def test_a_guesser_is_banned_and_a_phone_elsewhere_is_not(site: Site) -> None:
    server = ("127.0.0.1", site.sip)
    with SoftPhone("alice", "wrong", server, host="127.0.0.67") as thief:
        for _ in range(3):
            assert thief.register().status == 401
        address = f"<sip:alice@{thief.domain}>"
        thief.send(thief.request(
            "REGISTER", f"sip:{thief.domain}", to=address, call_id="late", tag="r", sequence=1
        ))  # fmt: skip
        with pytest.raises(AssertionError, match="final response"):
            thief.response("late", "REGISTER", within=1.0)
    with SoftPhone("alice", site.derived("alice"), server, host="127.0.0.68") as phone:
        assert phone.register().status == 200
    eventually(lambda: "banned 127.0.0.67 for 300 s: password" in site.output())


def test_one_call_more_than_the_limit_is_refused(site: Site) -> None:
    server = ("127.0.0.1", site.sip)
    with (
        SoftPhone("alice", site.derived("alice"), server, host="127.0.0.68") as alice,
        SoftPhone("bob", site.derived("bob"), server, host="127.0.0.68") as bob,
    ):
        assert bob.register().status == 200
        call = alice.invite("202")
        bob.answer(bob.expect("INVITE"), 200)
        call.expect(200)
        call.acknowledge()
        assert "Too Many Calls" in alice.invite("202").expect(403).first
        call.send_bye()
        bob.answer(bob.expect("BYE"), 200)
        call.expect_bye_answered()


def test_fail2ban_reads_the_bans_and_nothing_else(site: Site, tmp_path: Path) -> None:
    scan(site, "127.0.0.69")
    eventually(lambda: "banned 127.0.0.69" in site.output())
    forged = "12:00:00  warning   wrong password for banned 192.0.2.1 for 300 s: flood from x (A)\n"
    text = site.output() + forged + "12:00:01  warning   banned 2001:db8::/64 for 60 s: flood\n"
    [written] = re.findall(r"dialtree.conf\n\[Definition\]\nfailregex = (.*)", SECURITY.read_text())
    pattern = re.compile(written.replace("<SUBNET>", r"(\S+)"))
    found = [m[1] for line in text.splitlines() if (m := pattern.search(line))]
    assert {"127.0.0.66", "127.0.0.67", "127.0.0.69", "2001:db8::/64"} == set(found)
    if shutil.which("fail2ban-regex"):
        assert set(found) == by_fail2ban(text, tmp_path)


def by_fail2ban(text: str, folder: Path) -> set[str]:
    """What the real program finds with the filter of the manual."""
    [rule] = re.findall(
        r"```ini\n# /etc/fail2ban/filter.d/dialtree.conf\n(.*?)```", SECURITY.read_text(), re.S
    )
    (folder / "dialtree.conf").write_text(rule)
    (folder / "log").write_text(text)
    done = subprocess.run(
        ["fail2ban-regex", "--out", "ip", str(folder / "log"), str(folder / "dialtree.conf")],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stdout.split())
