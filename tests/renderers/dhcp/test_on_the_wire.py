"""Real DHCP servers with our snippets, and a real client that asks them as phones do."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from os import getuid
from pathlib import Path

import pytest
from dhcp_lan import COMMANDS, Lan

from renderers.devices import Families
from renderers.dhcp import render_dhcp
from schema.models import System

BASE = b"http://198.18.79.1:8090/"
URL = BASE + b"lab-{mac}.cfg"
HOST = b"198.18.79.1"
ADDRESS = bytes((198, 18, 79, 1))
MACS = {"lab": "02:aa:01:00:00:07", "stranger": "02:bb:01:00:00:07"}


def sub_option(code: int, value: bytes) -> bytes:
    return bytes((code, len(value))) + value


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
@pytest.mark.parametrize("file", COMMANDS)
def test_a_phone_gets_its_familys_options_and_nobody_else_does(
    lan: Lan, make_system: Callable[..., System], families: Families, file: str
) -> None:
    assert shutil.which("busybox"), "busybox is missing: .ci/peers installs it"
    system = make_system(
        system={"domain": "example.test", "settings": {"ntp_server": "198.18.79.9"}},
        nodes={"pbx1": {"address": "198.18.79.1", "tftp": {}}},
    )
    lan.serve(file, render_dhcp(system, families)[f"dhcp/{file}"])

    expected = {
        42: bytes((198, 18, 79, 9)),
        43: sub_option(2, URL) + sub_option(3, HOST),
        66: HOST,
        114: URL,
        120: b"\x01" + ADDRESS,
        125: b"\0\0\0\x09" + bytes((len(URL) + 2,)) + sub_option(1, URL),
        150: ADDRESS,
        160: URL,
    }
    assert lan.ask(MACS["stranger"], "LabPhone T46") == expected, "known by option 60"
    assert lan.ask(MACS["lab"], "something") == expected, "known by its OUI"
    yealink = lan.discover("80:5e:c0:00:00:07", "yealink")
    assert yealink == {42: expected[42], 66: BASE, 120: expected[120]}
    assert lan.ask(MACS["stranger"], "MSFT 5.0") == {}
