"""Two real softphones: they register, call, and hear each other without the PBX between them."""

import array
import math
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from baresip import Baresip
from running import Site, eventually

RATE = 8000
TONES = {"alice": 440, "bob": 880}
"""What each of them says, in Hz."""
CONVERSATION = 2.0


@pytest.fixture(scope="module")
def site(module_site: Callable[..., Site]) -> Site:
    made = module_site()
    made.start()
    return made


@pytest.fixture
def pair(site: Site, tmp_path: Path) -> Iterator[tuple[Baresip, Baresip]]:
    """Alice, and Bob who answers by himself."""
    for user, tone in TONES.items():
        (tmp_path / user).mkdir()
        write_tone(tmp_path / user / "says.wav", tone)
    alice, bob = (
        Baresip(user, site.derived(user), site.sip, tmp_path / user, answers)
        for user, answers in (("alice", "manual"), ("bob", "auto"))
    )
    with alice, bob:
        yield alice, bob


def write_tone(path: Path, frequency: int, seconds: int = 20) -> None:
    samples = (
        round(8000 * math.sin(2 * math.pi * frequency * n / RATE)) for n in range(RATE * seconds)
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(array.array("h", samples).tobytes())


def loudest(path: Path) -> int:
    """Which of the tones is by far the loudest in a recording."""
    with wave.open(str(path)) as file:
        samples = array.array("h", file.readframes(RATE * 10))
    heard = samples[len(samples) // 4 : len(samples) // 4 + RATE // 2]
    power = {tone: strength(heard, tone) for tone in TONES.values()}
    best = max(power, key=lambda tone: power[tone])
    assert all(power[best] > 20 * value for tone, value in power.items() if tone != best), power
    return best


def strength(samples: "array.array[int]", frequency: int) -> float:
    """One bin of a Fourier transform."""
    angle = 2 * math.pi * frequency / RATE
    real = sum(value * math.cos(angle * n) for n, value in enumerate(samples))
    imaginary = sum(value * math.sin(angle * n) for n, value in enumerate(samples))
    return math.hypot(real, imaginary)


def udp_ports(pid: int) -> set[int]:
    return {one.laddr.port for one in psutil.Process(pid).net_connections("udp")}


def test_two_baresips_talk_directly(site: Site, pair: tuple[Baresip, Baresip]) -> None:
    alice, bob = pair
    both_registered(site)
    alice.command("dial", "sip:202@example.test")
    for phone in pair:
        phone.event("CALL_ESTABLISHED")
        phone.event("CALL_RTPESTAB")
    [call] = site.status()["calls"]
    assert (call["caller"], call["callee"], call["state"]) == ("alice", "202", "answered")

    # Each hears the other's own socket, and the PBX has none but that of SIP.
    assert alice.media_from() in udp_ports(bob.process.pid)
    assert bob.media_from() in udp_ports(alice.process.pid)
    assert site.process is not None
    assert udp_ports(site.process.pid) == {site.sip}

    time.sleep(CONVERSATION)
    alice.command("hangup")
    for phone in pair:
        phone.event("CALL_CLOSED")
        sent, received = phone.packets()
        assert min(sent, received) > CONVERSATION * 50 / 2  # one in 20 ms, on a busy machine
    assert site.status()["calls"] == []
    assert loudest(alice.recording()) == TONES["bob"]
    assert loudest(bob.recording()) == TONES["alice"]


def both_registered(site: Site) -> None:
    def users() -> set[str]:
        text = site.status()["registrations"]
        return {each["user"] for each in text if "baresip" in each["user_agent"]}

    eventually(lambda: users() == {"alice", "bob"})
