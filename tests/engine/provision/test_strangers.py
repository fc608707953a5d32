"""Bare names at the root: who shows what gets what, asked by curl from several addresses."""

import asyncio
import re
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from authority import Authority
from makers import Maker

from engine.provision import (
    PhoneEnrolled,
    PhoneSighted,
    ProfileRefused,
    ProfileServed,
    SourceBanned,
    protocol,
)
from engine.provision.limits import MOST_PHONES
from engine.provision.secure import SecureFiles, secure_context

AGENT = "Yealink SIP-T46S 66.86.0.15 00:15:65:12:34:ab"
UNKNOWN = "001565999999"
HOME, ELSEWHERE = "127.0.0.1", "127.0.0.2"


class Got(NamedTuple):
    status: int
    head: str
    body: bytes


async def curl(url: str, *words: str, source: str = HOME, agent: str = AGENT) -> Got:
    """GET by curl; status 0 when there was no answer."""
    command = ["curl", "-sSi", "--http1.1", "--max-time", "5", "--interface", source, "-A", agent]
    process = await asyncio.create_subprocess_exec(
        *command, *words, url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    answer, _ = await process.communicate()
    head, _, body = answer.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.1 (\d+)", head)
    return Got(int(found[1]) if found else 0, head.decode(), body)


@pytest.fixture
async def lan(site: Any) -> Any:
    """One's own network is 127.0.0.1."""
    site.server.access.trust((f"{HOME}/32",))
    return site


@pytest.fixture
async def secure(lan: Any, tmp_path: Path) -> tuple[Any, str, Maker]:
    chain, key = Authority(tmp_path).issue("localhost")
    maker = await asyncio.to_thread(Maker, tmp_path / "maker")
    context = secure_context(SecureFiles(str(chain), str(key), (str(maker.authority),)))
    await lan.server.secure(HOME, 0, context)
    return lan, f"https://{HOME}:{lan.server.secure_address()[1]}", maker


async def test_known_and_unknown_phones_cannot_be_told_apart(lan: Any) -> None:
    for source in (HOME, ELSEWHERE):
        known = await curl(f"{lan.origin}/{lan.yealink}.cfg", source=source)
        unknown = await curl(f"{lan.origin}/{UNKNOWN}.cfg", source=source)
        assert known.status == unknown.status == 404
        assert known.body == unknown.body == b"not found\n"
        date = re.compile("Date: .*")
        assert date.sub("", known.head) == date.sub("", unknown.head)


async def test_names_that_phones_try_are_no_attack_and_not_told(lan: Any) -> None:
    for name in (
        "y000000000099.cfg",
        "aastra.cfg",
        "y000000000000.boot",
        "snomD785.htm",
    ) * 15:
        got = await curl(f"{lan.origin}/{name}", source=ELSEWHERE)
        assert (got.status, got.body) == (404, b"not found\n")
    assert lan.events == []


async def test_who_goes_through_a_makers_prefix_gets_nothing_and_is_banned(lan: Any) -> None:
    macs = [f"0015651234{number:02x}" for number in range(0x98, 0x98 + MOST_PHONES + 10)]
    assert lan.yealink in macs
    statuses = [(await curl(f"{lan.origin}/{mac}.cfg", source=ELSEWHERE)).status for mac in macs]
    assert statuses == [404] * (MOST_PHONES + 1) + [429] * 9
    refused = [event for event in lan.events if isinstance(event, ProfileRefused)]
    assert len(refused) == MOST_PHONES
    assert lan.events[-1] == SourceBanned(ELSEWHERE, 3600)
    assert len(lan.server.access.sightings) == 0
    # A phone at that address that knows its URL is served all the same.
    assert (await curl(lan.url(lan.yealink), source=ELSEWHERE)).status == 200


async def test_unknown_phones_of_ones_own_network_are_remembered(lan: Any) -> None:
    for _ in range(3):
        await curl(f"{lan.origin}/{UNKNOWN}.cfg", agent="Yealink SIP-T46S 66.86.0.15")
    await curl(f"{lan.origin}/001565999998.cfg", source=ELSEWHERE)
    assert lan.events[0] == PhoneSighted(UNKNOWN, "yealink-t46s", HOME)
    (sighted,) = lan.server.access.sightings.all()
    assert (sighted.mac, sighted.model, sighted.count) == (UNKNOWN, "yealink-t46s", 3)
    assert (sighted.path, sighted.certificate) == (f"/{UNKNOWN}.cfg", False)


async def test_an_unknown_phone_is_known_by_what_it_asks_for_where_it_says_nothing(
    lan: Any,
) -> None:
    for name, model in (("snomD785-000413922D24.htm", "snom-d785"), ("00156500abcd.zip", "")):
        await curl(f"{lan.origin}/{name}", agent="")
        sighted = lan.server.access.sightings.all()[0]
        assert (sighted.family, sighted.model) == ("snom" if model else "yealink", model)


async def test_a_phone_is_enrolled_once_while_the_window_is_open(lan: Any) -> None:
    url = f"{lan.origin}/{lan.yealink}.cfg"
    lan.server.access.enrolments.open(lan.yealink, 60, time.time())
    assert (await curl(url, source=ELSEWHERE)).status == 404
    assert (await curl(url, agent="curl/8")).status == 404
    assert (await curl(url, agent="Yealink SIP-T46S 66.86.0.15 00:15:65:12:34:ac")).status == 404
    assert (await curl(f"{lan.origin}/{lan.yealink}.boot")).status == 404
    got = await curl(url)
    assert got.status == 200
    (own,) = re.findall(rb"^static\.auto_provision\.server\.url = (.*)$", got.body, re.M)
    assert own.endswith(lan.url(lan.yealink).removeprefix(lan.origin).encode())
    assert b"password" not in got.body
    assert PhoneEnrolled(lan.yealink, HOME) in lan.events
    assert (await curl(url)).status == 404


async def test_a_new_poly_is_led_from_its_master_file_to_its_settings(lan: Any) -> None:
    agent = "FileTransport PolycomVVX-VVX_400-UA/4.1.4.7430 Type/Application"
    lan.server.access.enrolments.open(lan.poly, 60, time.time())
    got = await curl(f"{lan.origin}/{lan.poly}.cfg", agent=agent)
    (settings,) = re.findall(r'CONFIG_FILES="http://[^/]+([^"]+)"', got.body.decode())
    assert (await curl(f"{lan.origin}{settings}", agent=agent)).status == 200


async def test_a_window_that_has_closed_lets_nobody_in(lan: Any) -> None:
    lan.server.access.enrolments.open(lan.yealink, 60, time.time() - 61)
    assert (await curl(f"{lan.origin}/{lan.yealink}.cfg")).status == 404


async def test_a_makers_certificate_opens_the_files_of_the_mac_that_it_names(
    secure: tuple[Any, str, Maker],
) -> None:
    site, origin, maker = secure
    shown = maker.phone("right", f"/CN={site.yealink}")
    for name in (f"{site.yealink}.cfg", f"folder/{site.yealink}.cfg"):
        got = await curl(f"{origin}/{name}", "-k", *shown, source=ELSEWHERE)
        assert got.status == 200
        assert f"sip-alice-{site.yealink}-1".encode() in got.body
    served = site.events[-1]
    assert isinstance(served, ProfileServed)
    assert (served.mac, served.rung) == (site.yealink, "certificate")
    wrong = await curl(f"{origin}/{site.poly}-user.cfg", "-k", *shown, source=ELSEWHERE)
    assert (wrong.status, wrong.body) == (404, b"not found\n")


@pytest.mark.parametrize("subject", ["/CN=0015651234ac", "/CN=Yealink Equipment", "/CN=localhost"])
async def test_other_and_generic_certificates_open_nothing(
    secure: tuple[Any, str, Maker], subject: str
) -> None:
    site, origin, maker = secure
    shown = maker.phone("other", subject)
    got = await curl(f"{origin}/{site.yealink}.cfg", "-k", *shown)
    assert (got.status, got.body) == (404, b"not found\n")
    # Its own URL still does.
    token = site.url(site.yealink).removeprefix(site.origin)
    assert (await curl(f"{origin}{token}", "-k", *shown)).status == 200


async def test_expired_and_foreign_certificates_are_refused_at_the_handshake(
    secure: tuple[Any, str, Maker], tmp_path: Path
) -> None:
    site, origin, maker = secure
    foreign = await asyncio.to_thread(Maker, tmp_path / "foreign", "Another Maker")
    for shown in (
        maker.phone("old", f"/CN={site.yealink}", days=-1),
        foreign.phone("foreign", f"/CN={site.yealink}"),
    ):
        assert (await curl(f"{origin}/{site.yealink}.cfg", "-k", *shown)).status == 0
    assert (await curl(f"{origin}/{site.yealink}.cfg", "-k")).status == 404


CISCO = "/OU=CP-8841-3PCC/L=SN:FCH2047ABCD"


async def test_ciscos_certificates_name_the_mac_in_the_state(
    secure: tuple[Any, str, Maker],
) -> None:
    """Subject OU=model, L=serial number, S=MAC address; openssl calls S ST."""
    site, origin, maker = secure
    for number, subject in enumerate(
        (
            f"{CISCO}/ST={site.yealink.upper()}",
            f"{CISCO}/ST=MAC\\: {site.yealink}",
            f"/CN=CP-8841-3PCC-SEP/serialNumber=PID\\:CP-8841-3PCC SN\\:{site.yealink}",
        )
    ):
        shown = maker.phone(f"cisco{number}", subject)
        got = await curl(f"{origin}/Cisco/CP-8841-3PCC/{site.yealink}.cfg", "-k", *shown)
        assert got.status == 200, subject
        other = await curl(f"{origin}/Cisco/CP-8841-3PCC/{site.poly}.cfg", "-k", *shown)
        assert (other.status, other.body) == (404, b"not found\n")


@pytest.mark.parametrize(
    "subject",
    [
        f"{CISCO}/ST=0015651234ac",
        f"{CISCO}/ST=California/CN=Cisco Manufacturing CA",
        CISCO,
        "/OU=0015651234ab/L=San Jose/ST=California",
        f"{CISCO}/ST=0015651234ab 0015651234ac",
    ],
)
async def test_another_mac_or_none_in_ciscos_form_opens_nothing(
    secure: tuple[Any, str, Maker], subject: str
) -> None:
    site, origin, maker = secure
    shown = maker.phone("cisco", subject)
    got = await curl(f"{origin}/{site.yealink}.cfg", "-k", *shown)
    assert (got.status, got.body) == (404, b"not found\n")


async def test_the_mac_may_stand_in_an_alternative_name(secure: tuple[Any, str, Maker]) -> None:
    site, origin, maker = secure
    shown = maker.phone("named", "/CN=phone", alternative=f"DNS:{site.poly}.phones.example")
    got = await curl(f"{origin}/{site.poly}-user.cfg", "-k", *shown)
    assert got.status == 200


async def test_a_certificate_means_nothing_over_plain_http(
    secure: tuple[Any, str, Maker],
) -> None:
    site, _, maker = secure
    shown = maker.phone("right", f"/CN={site.yealink}")
    assert (await curl(f"{site.origin}/{site.yealink}.cfg", *shown)).status == 404


async def test_a_renewed_certificate_is_shown_to_the_next_connection(
    secure: tuple[Any, str, Maker], tmp_path: Path
) -> None:
    site, origin, _ = secure
    authority = Authority(tmp_path, "Renewed")
    chain, key = authority.issue("localhost", "127.0.0.1", file="renewed")
    await site.server.secure(
        *site.server._secure["https"].wanted, secure_context(SecureFiles(str(chain), str(key)))
    )
    url = site.url(site.yealink).replace(site.origin, origin)
    assert (await curl(url, "--cacert", str(authority.file))).status == 200


async def test_silent_handshakes_end_and_are_few_at_a_time(
    lan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HANDSHAKE", 0.5)
    monkeypatch.setattr(protocol, "MOST_HANDSHAKES", 5)
    chain, key = Authority(tmp_path).issue("localhost")
    await lan.server.secure(HOME, 0, secure_context(SecureFiles(str(chain), str(key))))
    host, port = lan.server.secure_address()
    held = [await asyncio.open_connection(host, port) for _ in range(12)]
    began = time.monotonic()
    ended = [asyncio.create_task(reader.read()) for reader, _ in held]
    await asyncio.wait(ended, timeout=0.3)
    assert sum(task.done() for task in ended) == 7
    await asyncio.wait_for(asyncio.gather(*ended, return_exceptions=True), 5)
    assert time.monotonic() - began < 3
    url = lan.url(lan.yealink).replace(lan.origin, f"https://{host}:{port}")
    assert (await curl(url, "-k")).status == 200
    for _, writer in held:
        writer.close()


async def test_firmware_can_be_fetched_in_pieces(site: Any) -> None:
    whole = await curl(site.url(site.yealink))
    size = len(whole.body)
    part = await curl(site.url(site.yealink), "-r", "10-29")
    assert (part.status, part.body) == (206, whole.body[10:30])
    assert f"Content-Range: bytes 10-29/{size}" in part.head
    rest = await curl(site.url(site.yealink), "-C", str(size - 5))
    assert (rest.status, rest.body) == (206, whole.body[-5:])
    behind = await curl(site.url(site.yealink), "-r", f"{size}-")
    assert (behind.status, behind.body) == (416, b"")
    assert f"Content-Range: bytes */{size}" in behind.head
    (tag,) = re.findall("ETag: (.*)", whole.head)
    same = await curl(site.url(site.yealink), "-r", "0-4", "-H", f"If-Range: {tag.strip()}")
    other = await curl(site.url(site.yealink), "-r", "0-4", "-H", 'If-Range: "other"')
    assert (same.status, other.status) == (206, 200)
    unchanged = await curl(
        site.url(site.yealink), "-r", "0-4", "-H", f"If-None-Match: {tag.strip()}"
    )
    assert unchanged.status == 304
