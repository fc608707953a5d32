"""Each rung of the ladder by itself."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.provision.asking import asked_for, bare_name, mac_in
from engine.provision.enrolment import Enrolments
from engine.provision.ladder import (
    Networks,
    Shown,
    by_certificate,
    by_enrolment,
    certified_mac,
    may_share,
)
from engine.provision.limits import BAN, MOST_PHONES, PhoneLimit
from renderers.devices import Sighting

MAC, OTHER = "0015651234ab", "0015651234ac"
CERTIFIED = Shown("https", "203.0.113.5", local=False, certified=MAC)
LOCAL = Shown("http", "192.168.1.5", local=True)


@pytest.mark.parametrize(
    ("name", "mac"),
    [
        ("0015651234ab.cfg", MAC), ("0015651234AB.cfg", MAC), ("0015651234ab-app.log", MAC),
        ("cfg0015651234ab", MAC), ("cfg0015651234ab.xml", MAC), ("SEP0015651234AB.cnf.xml", MAC),
        ("spa0015651234ab.cfg", MAC), ("snomD785-0015651234AB.htm", MAC),
        ("Config0015651234AB.cfg", MAC), ("mn_0015651234ab.txt", MAC),
        ("000000000000.cfg", ""), ("y000000000066.cfg", ""), ("y000000000000.boot", ""),
        ("f0X4hw1.100.cfg", ""), ("snomD785.htm", ""), ("aastra.cfg", ""), ("0015651234a.cfg", ""),
        ("00156512340015651234ab.cfg", ""),
    ],
)  # fmt: skip
def test_the_mac_is_read_from_names_as_all_makers_write_them(name: str, mac: str) -> None:
    assert mac_in(name) == mac


def test_folders_before_a_name_do_not_matter() -> None:
    asked = asked_for("/Cisco/CP-8841-3PCC/0015651234ab.cfg")
    assert asked is not None
    assert (asked.token, asked.name, asked.mac) == ("", "0015651234ab.cfg", MAC)
    below = asked_for("/d/abc/Cisco/CP-8841-3PCC/0015651234ab.cfg?x=1")
    assert below is not None
    assert (below.token, below.path) == ("abc", "Cisco/CP-8841-3PCC/0015651234ab.cfg")


def test_a_slash_too_many_before_a_name_does_not_matter() -> None:
    """SmartNodes ask for $(dhcp.66)/$(system.mac).cfg, whatever option 66 ends with."""
    for target in ("/a.cfg", "//a.cfg", "/d/abc/a.cfg", "/d/abc//a.cfg"):
        asked = asked_for(target)
        assert asked is not None
        assert (asked.token, asked.path) == ("abc" if "abc" in target else "", "a.cfg")


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/d",
        "/d/",
        "/d/abc",
        "//d/abc/",
        "//d/abc/x",
        "///x",
        "//location/x",
        "/location/x",
        "/a/%2e%2e/b",
        "/a\\b",
        "x",
    ],
)
def test_what_no_phone_asks_for_is_nothing(target: str) -> None:
    assert asked_for(target) is None


@given(st.text(max_size=200))
def test_any_name_is_read_or_nothing(text: str) -> None:
    asked = bare_name(text)
    assert asked is None or (asked.token == "" or text.lstrip("/\\").startswith("d"))


def test_a_certificate_proves_the_mac_that_it_names_and_no_other() -> None:
    assert by_certificate(MAC, CERTIFIED)
    assert not by_certificate(OTHER, CERTIFIED)
    assert not by_certificate("", CERTIFIED._replace(certified=""))
    for medium in ("http", "tftp", "ftp"):
        assert not by_certificate(MAC, CERTIFIED._replace(medium=medium))


def subject(**fields: str) -> dict[str, object]:
    return {"subject": tuple(((name, value),) for name, value in fields.items())}


@pytest.mark.parametrize(
    ("certificate", "mac"),
    [
        (subject(commonName=MAC), MAC),
        (subject(commonName="00:15:65:12:34:AB"), MAC),
        (subject(commonName="0015.6512.34ab", organizationName="Yealink"), MAC),
        (subject(organizationalUnitName="CP-8841", stateOrProvinceName=MAC), MAC),
        (subject(commonName="CP-8841-SEP", serialNumber=f"PID:X SN:{MAC}"), MAC),
        ({"subject": (), "subjectAltName": (("DNS", f"{MAC}.phones.example"),)}, MAC),
        (subject(commonName="Yealink Equipment"), ""),
        (subject(commonName="Generic", organizationalUnitName=MAC), ""),
        (subject(commonName=f"{MAC} {OTHER}"), ""),
        (subject(commonName=f"x{MAC}"), ""),
        ({}, ""),
        (None, ""),
    ],
)  # fmt: skip
def test_a_certificate_names_one_mac_or_proves_nothing(certificate: object, mac: str) -> None:
    assert certified_mac(certificate) == mac  # type: ignore[arg-type]


def test_an_open_window_wants_the_family_and_the_mac_of_the_phone() -> None:
    told = Sighting("yealink", "yealink-t46s", MAC)
    assert by_enrolment(MAC, "yealink", LOCAL, told)
    assert by_enrolment(MAC, "yealink", LOCAL, replace(told, mac=None))
    assert not by_enrolment(MAC, "yealink", LOCAL, replace(told, mac=OTHER))
    assert not by_enrolment(MAC, "poly", LOCAL, told)
    assert not by_enrolment(MAC, "yealink", LOCAL, None)
    assert not by_enrolment(MAC, "yealink", LOCAL._replace(local=False), told)
    assert by_enrolment(MAC, "yealink", LOCAL._replace(medium="tftp"), None)
    assert not by_enrolment(MAC, "yealink", LOCAL._replace(medium="tftp", local=False), None)
    assert not by_enrolment(MAC, "yealink", LOCAL._replace(medium="ftp"), told)


def test_a_window_is_used_once_and_opening_it_again_is_suspicious() -> None:
    windows = Enrolments()
    assert windows.until(MAC) == 0
    assert windows.open(MAC, 60, 1000.0).before is None
    assert windows.open(MAC, 60, 1010.0).before is None
    assert windows.until(MAC) == 1070
    windows.use(MAC, "192.168.1.5", 1020.0)
    assert windows.until(MAC) == 0
    before = windows.open(MAC, 60, 2000.0).before
    assert before is not None
    assert (before.used, before.peer) == (1020.0, "192.168.1.5")
    assert [each.mac for each in windows.take_changes()] == [MAC]
    assert windows.take_changes() == []


async def test_files_of_one_phone_are_not_shared_even_without_a_secret(site: Any) -> None:
    for file in site.devices()[site.poly].values():
        assert may_share(file) == (not file.phone)


def test_networks_know_their_addresses() -> None:
    networks = Networks.of(("192.168.0.0/16", "fe80::/10", "2001:db8::1"))
    assert all(
        map(networks.hold, ("192.168.1.2", "::ffff:192.168.1.2", "fe80::1%eth0", "2001:db8::1"))
    )
    assert not any(map(networks.hold, ("10.0.0.1", "2001:db8::2", "", "nonsense")))


def test_who_goes_through_mac_addresses_is_banned_for_an_hour() -> None:
    limit = PhoneLimit()
    verdicts = [limit.refused("192.0.2.1", f"{number:012x}", 0.0) for number in range(MOST_PHONES)]
    assert set(verdicts) == {"new"}
    assert limit.refused("192.0.2.1", f"{0:012x}", 0.0) == "again"
    assert not limit.banned("192.0.2.1", 0.0)
    assert limit.refused("192.0.2.1", MAC, 5.0) == "banned"
    assert limit.banned("192.0.2.1", 5.0 + BAN)
    assert not limit.banned("192.0.2.1", 6.0 + BAN)
    assert not limit.banned("192.0.2.2", 5.0)
    assert limit.refused("192.0.2.1", MAC, 6.0 + BAN) == "new"


def test_what_is_remembered_of_sources_is_bounded() -> None:
    limit = PhoneLimit()
    for number in range(12_000):
        limit.refused(str(number), MAC, 0.0)
    assert len(limit) == 10_000
