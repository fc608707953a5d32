"""Phones that are not in the tree are told to show that, where the node says so. No more."""

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.provision import PhoneSighted, ProfileServed, SourceBanned
from engine.provision.limits import MOST_PHONES
from engine.provision.tftp import TftpServer

UNKNOWN = "001565999999"
YEALINK = "Yealink SIP-T46S 66.86.0.15 00:15:65:99:99:99"
POLY = "FileTransport PolycomVVX-VVX_400-UA/4.1.4.7430 Type/Application"
HOME, ELSEWHERE = "127.0.0.1", "127.0.0.2"


async def curl(url: str, agent: str = YEALINK, source: str = HOME) -> str:
    """GET by curl."""
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", "--max-time", "5", "--interface", source, "-A", agent, url,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    answer, _ = await process.communicate()
    return answer.decode()


@pytest.fixture
async def lan(site: Any) -> Any:
    """One's own network is 127.0.0.1, and unknown phones are held."""
    site.server.access.trust((f"{HOME}/32",))
    site.server.access.holding = True
    return site


async def test_an_unknown_phone_shows_that_it_is_not_assigned(lan: Any) -> None:
    got = await curl(f"{lan.origin}/{UNKNOWN}.cfg")
    assert f"account.1.label = Not assigned: {UNKNOWN}\n" in got
    assert "password" not in got
    assert "server" not in got.replace("without a server", "")
    sighted, served = lan.events
    assert isinstance(sighted, PhoneSighted)
    assert isinstance(served, ProfileServed)
    assert (served.rung, served.mac) == ("holding", UNKNOWN)
    assert lan.server.last_fetch(UNKNOWN) is None


async def test_a_poly_is_led_from_its_master_file_to_the_text(lan: Any) -> None:
    mac = "0004f2999999"
    assert f'CONFIG_FILES="{mac}-user.cfg"' in await curl(f"{lan.origin}/{mac}.cfg", POLY)
    text = f'reg.1.label="Not assigned: {mac}"'
    assert text in await curl(f"{lan.origin}/{mac}-user.cfg", POLY)


async def test_by_tftp_the_name_says_whose_phone_it_is(lan: Any, tmp_path: Path) -> None:
    server = TftpServer(lan.server.access)
    await server.start(HOME, 0)
    words = ["tftp", "-m", "binary", HOME, str(server.address[1]), "-c", "get", f"{UNKNOWN}.cfg"]
    await asyncio.to_thread(subprocess.run, [*words, "got"], cwd=tmp_path, timeout=20, check=False)
    await server.stop()
    assert f"Not assigned: {UNKNOWN}" in (tmp_path / "got").read_text()


@pytest.mark.parametrize(
    ("name", "agent", "source"),
    [
        (f"{UNKNOWN}.cfg", YEALINK, ELSEWHERE),
        (f"{UNKNOWN}.boot", YEALINK, HOME),
        (f"{UNKNOWN}.cfg", YEALINK.replace("99:99:99", "99:99:98"), HOME),
        ("02ac3e999999.cfg", "Mozilla/5.0", HOME),
        ("0015651234ab.cfg", YEALINK, HOME),
    ],
)
async def test_others_find_nothing(lan: Any, name: str, agent: str, source: str) -> None:
    """From elsewhere, by other names, in another's name, of no family, and phones of the tree."""
    assert await curl(f"{lan.origin}/{name}", agent, source) == "not found\n"


async def test_unless_the_node_says_so_it_finds_nothing(lan: Any) -> None:
    lan.server.access.holding = False
    assert await curl(f"{lan.origin}/{UNKNOWN}.cfg") == "not found\n"


async def test_who_goes_through_mac_addresses_is_told_of_few(lan: Any) -> None:
    agent = YEALINK.partition(" 00:")[0]
    got = [
        await curl(f"{lan.origin}/001565{number:06x}.cfg", agent)
        for number in range(MOST_PHONES + 3)
    ]
    assert sum("Not assigned" in one for one in got) == MOST_PHONES
    assert any(isinstance(event, SourceBanned) for event in lan.events)
