"""Real softphones: they register over each transport, call, hold and transfer each other."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from authority import Authority
from baresip import Baresip
from ports import free_port
from running import Site, eventually
from tone import loudest, write_tone

TONES = {"alice": 440, "bob": 880, "carol": 1320}
"""What each of them says, in Hz."""
CONVERSATION = 1.5
TLS = free_port()


Phones = Callable[..., Baresip]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site], authority: Authority) -> Site:
    made = module_site()
    chain, key = authority.issue("127.0.0.1")
    ports = f"tcp: {made.sip}"
    made.edit(ports, f"{ports}, tls: {TLS}, certificate: {{chain: {chain}, key: {key}}}")
    made.edit("users:\n", 'users:\n  carol: {name: Carol Clark, extension: "209"}\n')
    made.commit("Speak TLS; hire Carol")
    made.start()
    return made


@pytest.fixture
def phones(site: Site, authority: Authority, tmp_path: Path) -> Iterator[Phones]:
    """Makes registered phones of users; all but Alice answer by themselves."""
    with contextlib.ExitStack() as stack:

        def make(user: str, transport: str = "udp") -> Baresip:
            folder = tmp_path / user
            folder.mkdir()
            write_tone(folder / "says.wav", TONES[user])
            answers = "manual" if user == "alice" else "auto"
            server = TLS if transport == "tls" else site.sip
            phone = Baresip(
                user, site.derived(user), server, folder, answers, transport, authority.file
            )
            stack.enter_context(phone)
            eventually(lambda: "200 OK () [1 binding]" in phone.output())
            return phone

        yield make


def udp_ports(pid: int) -> set[int]:
    return {one.laddr.port for one in psutil.Process(pid).net_connections("udp")}


def call(caller: Baresip, callee: Baresip, number: str) -> None:
    caller.command("dial", f"sip:{number}@example.test")
    for phone in (caller, callee):
        phone.event("CALL_ESTABLISHED")
        phone.event("CALL_RTPESTAB")


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_two_baresips_talk_directly(site: Site, phones: Phones, transport: str) -> None:
    alice, bob = phones("alice", transport), phones("bob", transport)
    call(alice, bob, "202")
    [known] = site.status()["calls"]
    assert (known["caller"], known["callee"], known["state"]) == ("alice", "202", "answered")
    assert alice.has(f"Via: SIP/2.0/{transport.upper()} ", "INVITE sip:202@")

    # Each hears the other's own socket, and the PBX has none but that of SIP.
    assert alice.media_from() in udp_ports(bob.process.pid)
    assert bob.media_from() in udp_ports(alice.process.pid)
    assert site.process is not None
    assert udp_ports(site.process.pid) == {site.sip}

    time.sleep(CONVERSATION)
    alice.command("hangup")
    for phone in (alice, bob):
        phone.event("CALL_CLOSED")
        sent, received = phone.packets()
        assert min(sent, received) > CONVERSATION * 50 / 2  # one in 20 ms, on a busy machine
    assert site.status()["calls"] == []
    assert loudest(alice.recording(), TONES.values()) == TONES["bob"]
    assert loudest(bob.recording(), TONES.values()) == TONES["alice"]


def test_a_call_is_held_and_resumed(phones: Phones) -> None:
    alice, bob = phones("alice"), phones("bob", "tcp")
    call(alice, bob, "202")
    alice.command("hold")
    eventually(lambda: bob.has("INVITE sip:bob", "a=sendonly"))
    eventually(lambda: alice.has("SIP/2.0 200 OK", " INVITE\n", "a=recvonly"))
    bob.forget()
    alice.command("resume")
    eventually(lambda: bob.has("INVITE sip:bob", "a=sendrecv"))
    eventually(lambda: bob.has("ACK sip:bob"))
    alice.command("hangup")
    bob.event("CALL_CLOSED")


def test_a_call_is_transferred_blind(site: Site, phones: Phones) -> None:
    alice, bob, carol = phones("alice"), phones("bob", "tls"), phones("carol", "tcp")
    call(alice, bob, "202")
    alice.command("transfer", "sip:209@example.test")
    carol.event("CALL_ESTABLISHED")
    carol.event("CALL_RTPESTAB")
    eventually(lambda: alice.has("NOTIFY sip:alice", "message/sipfrag", "SIP/2.0 200 OK"))
    alice.event("CALL_CLOSED")
    pairs = {("bob", "209")}
    eventually(lambda: {(c["caller"], c["callee"]) for c in site.status()["calls"]} == pairs)
    time.sleep(CONVERSATION)
    carol.command("hangup")
    carol.event("CALL_CLOSED")
    assert loudest(carol.recording(), TONES.values()) == TONES["bob"]
    eventually(lambda: site.status()["calls"] == [])
