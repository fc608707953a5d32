"""What DHCP servers are told: by site, by family; and that the servers themselves take it."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from renderers.devices import Families
from renderers.dhcp import render_dhcp
from schema.models import System

LAB = {"02aa01000001": {"model": "lab-t46g", "lines": ["alice"]}}
SITES = {
    "nodes": {
        "centre": {"address": "192.0.2.5"},
        "north": {"address": "198.51.100.7", "site": "oslo", "http": {"port": 8099}},
    },
    "sites": {"oslo": {"settings": {"ntp_server": "198.51.100.1"}}},
}


def text(system: System, families: Families, path: str) -> str:
    return render_dhcp(system, families)[path].decode()


def test_each_site_is_sent_to_its_own_node(
    make_system: Callable[..., System], families: Families
) -> None:
    system = make_system(**SITES, phones=LAB)
    everywhere = text(system, families, "dhcp/dnsmasq.conf")
    oslo = text(system, families, "dhcp/oslo/dnsmasq.conf")
    assert 'dhcp-option=tag:pbx-lab,160,"http://192.0.2.5:8090/lab-{mac}.cfg"\n' in everywhere
    assert 'dhcp-option=tag:pbx-lab,160,"http://198.51.100.7:8099/lab-{mac}.cfg"\n' in oslo
    assert "dhcp-option=tag:pbx-lab,120,192.0.2.5,198.51.100.7\n" in everywhere
    assert "dhcp-option=tag:pbx-lab,120,198.51.100.7,192.0.2.5\n" in oslo
    assert ",42," not in everywhere
    assert "dhcp-option=tag:pbx-lab,42,198.51.100.1\n" in oslo


def test_only_families_of_the_trees_phones_are_mentioned(
    make_system: Callable[..., System], families: Families
) -> None:
    phones = {"001565000001": {"model": "yealink-t46g", "lines": ["alice"]}}
    one = json.loads(text(make_system(phones=phones), families, "dhcp/kea.json"))
    assert [each["name"] for each in one["Dhcp4"]["client-classes"]] == ["pbx-yealink"]
    every = json.loads(text(make_system(), families, "dhcp/kea.json"))
    names = {each["name"] for each in every["Dhcp4"]["client-classes"]}
    assert names >= {"pbx-yealink", "pbx-poly", "pbx-lab"}


def test_what_is_no_ipv4_address_is_left_out(
    make_system: Callable[..., System], families: Families
) -> None:
    settings = {"domain": "example.test", "settings": {"ntp_server": "pool.ntp.org"}}
    nodes = {"pbx1": {"address": "2001:db8::5"}}
    found = text(make_system(nodes=nodes, system=settings, phones=LAB), families, "dhcp/dhcpd.conf")
    assert 'option pbx-160 "http://[2001:db8::5]:8090/lab-{mac}.cfg";' in found
    assert not any(word in found for word in ("ntp-servers", "pbx-120", "pbx-150"))


def test_phones_are_not_told_of_routers_on_another_port(
    make_system: Callable[..., System], families: Families
) -> None:
    nodes = {"pbx1": {"address": "192.0.2.5", "sip": {"udp": 5070}}}
    assert ",120," not in text(make_system(nodes=nodes), families, "dhcp/dnsmasq.conf")


@pytest.mark.parametrize("tftp", [None, {"port": 6969}])
def test_phones_are_not_told_of_tftp_where_they_would_not_find_it(
    make_system: Callable[..., System], families: Families, tftp: dict[str, int] | None
) -> None:
    node = {"address": "192.0.2.5"} | ({"tftp": tftp} if tftp else {})
    found = text(make_system(nodes={"pbx1": node}, phones=LAB), families, "dhcp/dnsmasq.conf")
    assert "tag:pbx-lab,150," not in found
    assert "tag:pbx-lab,66," not in found
    assert "# option 43, sub-option 2: http://192.0.2.5:8090/lab-{mac}.cfg\n" in found


def test_without_a_node_that_serves_profiles_nothing_is_written(
    make_system: Callable[..., System], families: Families
) -> None:
    nodes = {"pbx1": {"address": "192.0.2.5", "roles": ["router"]}}
    assert render_dhcp(make_system(nodes=nodes), families) == {}


def test_no_token_is_among_it(make_system: Callable[..., System], families: Families) -> None:
    files = render_dhcp(make_system(**SITES, phones=LAB), families)
    assert not any(b"/d/" in content or b"token" in content for content in files.values())


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("dnsmasq.conf", "dnsmasq --test -C {}"),
        ("kea.json", "kea-dhcp4 -t {}"),
        ("dhcpd.conf", "dhcpd -t -4 -cf {}"),
    ],
)
def test_the_server_takes_its_snippet(
    make_system: Callable[..., System],
    families: Families,
    tmp_path: Path,
    file: str,
    command: str,
) -> None:
    settings = {"domain": "example.test", "settings": {"ntp_server": "192.0.2.1"}}
    system = make_system(system=settings)
    snippet = tmp_path / file
    snippet.write_bytes(render_dhcp(system, families)[f"dhcp/{file}"])
    program, *words = command.format(snippet).split()
    path = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert path is not None, f"{program} is missing: .ci/peers installs it"
    done = subprocess.run([path, *words], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stdout + done.stderr
