"""A phone behind a real NAT: a Linux router in a network namespace, which forgets soon."""

import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from os import getpid, getuid
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FORGETS = 1
"""Seconds after which the router forgets a UDP mapping."""

NODE = """
import asyncio, sys
from engine.sip import Account, ListenAddress, SipConfig, SipServer
from schema.dialplan.decision import Decision, Step

async def main(keep_alive):
    config = SipConfig(
        domain="example.test", hosts=frozenset({"198.18.77.1"}), peers={}, nonce_key=b"k" * 32,
        accounts={user: Account(user, user) for user in ("alice", "bob")},
        decide=lambda caller, number: Decision(
            "routed", 200, "OK", (Step("user", number, number),), "internal"),
        password=lambda account, device: "secret", keep_alive=keep_alive,
    )
    server = SipServer(config, lambda event: None)
    await server.start([ListenAddress("udp", "198.18.77.1", 5060)])
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    await server.stop()

asyncio.run(main(float(sys.argv[1]) or None))
"""

BOB = """
from softphone import SoftPhone
with SoftPhone("bob", "secret", ("198.18.77.1", 5060), host="192.168.77.2") as bob:
    assert bob.register().status == 200
    print("ready", flush=True)
    bob.answer(bob.expect("INVITE"), 486)
"""

ALICE = """
import sys
from softphone import SoftPhone
with SoftPhone("alice", "secret", ("198.18.77.1", 5060), host="198.18.77.1") as alice:
    call = alice.invite("bob")
    try:
        call.expect(486, within=2.0)
        print("reached")
    except AssertionError:
        print("not reached")
"""


class Household:
    """Namespaces of a node, of a router and of the phone behind it."""

    def __init__(self) -> None:
        self.names = [f"dt{getpid()}-{place}" for place in ("node", "router", "home")]
        self._running: list[subprocess.Popen[str]] = []

    def build(self) -> None:
        node, router, home = self.names
        for name in self.names:
            ip(f"netns add {name}")
            ip(f"-n {name} link set lo up")
        for (left, right), (one, other) in zip(
            pairwise(self.names), (("o0", "o1"), ("i1", "i0")), strict=True
        ):
            ip(f"link add {one} netns {left} type veth peer name {other} netns {right}")
        for name, device, address in (
            (node, "o0", "198.18.77.1"), (router, "o1", "198.18.77.2"),
            (router, "i1", "192.168.77.1"), (home, "i0", "192.168.77.2"),
        ):  # fmt: skip
            ip(f"-n {name} addr add {address}/24 dev {device}")
            ip(f"-n {name} link set {device} up")
        ip(f"-n {home} route add default via 192.168.77.1")
        ip(f"netns exec {router} sysctl -qw net.ipv4.ip_forward=1")
        ip(f"netns exec {router} iptables -t nat -A POSTROUTING -o o1 -j MASQUERADE")
        for kind in ("udp_timeout", "udp_timeout_stream"):
            ip(f"netns exec {router} sysctl -qw net.netfilter.nf_conntrack_{kind}={FORGETS}")

    def start(self, place: int, program: str, *words: str) -> subprocess.Popen[str]:
        """A program of ours, there. It says a word when it is ready."""
        command = ["ip", "netns", "exec", self.names[place], sys.executable, "-c", program, *words]
        process = subprocess.Popen(
            command, cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests/harness'}"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._running.append(process)
        return process

    def tear_down(self) -> None:
        for process in self._running:
            process.kill()
            process.communicate()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True, capture_output=True)


def word(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def household() -> Iterator[Household]:
    made = Household()
    try:
        made.build()
    except (OSError, subprocess.CalledProcessError):
        made.tear_down()
        pytest.skip("needs root, ip and iptables for network namespaces")
    try:
        yield made
    finally:
        made.tear_down()


@pytest.mark.skipif(getuid() != 0, reason="network namespaces need root")
@pytest.mark.parametrize(("keep_alive", "expected"), [("0.4", "reached"), ("0", "not reached")])
def test_a_phone_is_reached_as_long_as_its_way_is_kept_open(
    household: Household, keep_alive: str, expected: str
) -> None:
    assert word(household.start(0, NODE, keep_alive)) == "ready"
    assert word(household.start(2, BOB)) == "ready"
    time.sleep(FORGETS + 1.5)  # nothing says when a router has forgotten

    assert word(household.start(0, ALICE)) == expected
