"""Phones fetch their files, and fetch them again only when something changed."""

import asyncio
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from engine.provision import ListenError, ProfileFailed, ProfileServed, ProvisionServer
from engine.provision import listing as listing_module


async def get(url: str, method: str = "GET", **headers: str) -> tuple[int, Any, bytes]:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.request(
            method,
            url,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            allow_redirects=False,
        ) as response,
    ):
        return response.status, response.headers, await response.read()


async def test_the_bare_url_answers_with_the_primary_profile(site: Any) -> None:
    for mac in (site.yealink, site.poly):
        bare = await get(site.url(mac))
        named = await get(site.url(mac, f"{mac}.cfg"))
        assert bare[0] == named[0] == 200
        assert bare[2] == named[2] != b""
    assert b"CONFIG_FILES" in bare[2]


async def test_curl_gets_a_profile(site: Any) -> None:
    """As a newcomer would try it."""
    command = ["curl", "-sSi", "--max-time", "5", site.url(site.yealink)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Type: text/plain; charset=utf-8" in head
    assert body.startswith(b"#!version:1.0.0.1\n")
    assert f"account.1.password = sip-alice-{site.yealink}-1\n".encode() in body


async def test_each_file_of_a_phone_is_served_under_its_name(site: Any) -> None:
    for name, kind in (("", "xml"), ("-user", "xml"), ("-directory", "xml")):
        suffix = "xml" if name == "-directory" else "cfg"
        status, headers, body = await get(site.url(site.poly, f"{site.poly}{name}.{suffix}"))
        assert status == 200
        assert headers["Content-Type"] == f"text/{kind}; charset=utf-8"
        assert body.startswith(b"<?xml ")


async def test_an_unchanged_file_is_not_sent_again(site: Any) -> None:
    _, headers, body = await get(site.url(site.yealink))
    etag, modified = headers["ETag"], headers["Last-Modified"]
    assert etag.startswith('"')
    assert modified == "Thu, 01 Jan 2026 00:00:00 GMT"
    for condition in (
        {"If_None_Match": etag},
        {"If_None_Match": f'"other", W/{etag}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": modified},
        {"If_Modified_Since": "Fri, 02 Jan 2026 00:00:00 GMT"},
    ):
        status, headers, nothing = await get(site.url(site.yealink), **condition)
        assert (status, nothing) == (304, b""), condition
        assert headers["ETag"] == etag
    for condition in (
        {"If_None_Match": '"other"'},
        {"If_None_Match": '"other"', "If_Modified_Since": modified},
        {"If_None_Match": "nonsense"},
        {"If_Modified_Since": "Wed, 31 Dec 2025 23:59:59 GMT"},
        {"If_Modified_Since": "yesterday"},
    ):
        assert (await get(site.url(site.yealink), **condition))[::2] == (200, body), condition


async def test_head_says_the_same_without_the_file(site: Any) -> None:
    _, expected, body = await get(site.url(site.yealink))
    status, headers, nothing = await get(site.url(site.yealink), "HEAD")
    assert (status, nothing) == (200, b"")
    assert headers["ETag"] == expected["ETag"]
    assert int(headers["Content-Length"]) == len(body)


async def test_a_swap_changes_what_is_served_and_nothing_else(site: Any) -> None:
    profile, master = site.url(site.yealink), site.url(site.poly)
    _, before, old = await get(profile)
    _, _, master_before = await get(master)
    site.swap(datetime(2026, 3, 1, tzinfo=UTC), alice="Alicia")
    status, after, new = await get(profile, If_None_Match=before["ETag"])
    assert status == 200
    assert old.replace(b"Alice Adams", b"Alicia") == new
    assert after["ETag"] != before["ETag"]
    assert after["Last-Modified"] == "Sun, 01 Mar 2026 00:00:00 GMT"
    assert (await get(master))[2] == master_before


async def test_a_revision_that_changes_nothing_keeps_tag_and_date(site: Any) -> None:
    _, before, _ = await get(site.url(site.yealink))
    site.swap(datetime(2026, 3, 1, tzinfo=UTC))
    status, after, _ = await get(site.url(site.yealink), If_Modified_Since=before["Last-Modified"])
    assert status == 304
    assert after["ETag"] == before["ETag"]


async def test_a_raised_epoch_gives_a_phone_another_url(site: Any) -> None:
    site.swap(epoch=2)
    assert (await get(site.url(site.yealink)))[0] == 404
    assert (await get(site.url(site.yealink, epoch=2)))[0] == 200


async def test_a_removed_phone_gets_nothing_any_more(site: Any) -> None:
    await get(site.url(site.poly))
    left = {mac: files for mac, files in site.devices().items() if mac == site.yealink}
    site.server.swap(left, site.secrets, datetime(2026, 1, 1, tzinfo=UTC))
    assert (await get(site.url(site.poly)))[0] == 404
    assert (await get(site.url(site.yealink)))[0] == 200
    assert site.server.last_fetch(site.poly) is None


async def test_other_secrets_are_used_at_once(site: Any) -> None:
    old = site.url(site.yealink)
    _, before, _ = await get(old)
    site.secrets = type(site.secrets)("two")
    site.swap()
    assert (await get(old))[0] == 404
    status, after, _ = await get(site.url(site.yealink))
    assert status == 200
    assert after["ETag"] != before["ETag"]


async def test_requests_during_swaps_see_one_tree_or_the_other(site: Any) -> None:
    names = ["Alice Adams", "Alicia"]
    seen: set[bytes] = set()

    async def fetch() -> None:
        for _ in range(20):
            seen.add((await get(site.url(site.yealink)))[2])

    async def swap() -> None:
        for turn in range(40):
            site.swap(alice=names[turn % 2])
            await asyncio.sleep(0.002)

    await asyncio.gather(fetch(), fetch(), swap())
    assert 1 <= len(seen) <= 2
    for body in seen:
        assert (b"Alicia" in body) != (b"Alice Adams" in body)


async def test_a_fetch_is_told_and_remembered(site: Any) -> None:
    assert site.server.last_fetch(site.yealink) is None
    agent = "Yealink SIP-T46S 66.86.0.15 00:15:65:12:34:ab"
    _, headers, body = await get(site.url(site.yealink), User_Agent=agent)
    assert site.events == [ProfileServed(site.yealink, "", 200, len(body), "127.0.0.1", agent)]
    fetch = site.server.last_fetch(site.yealink)
    assert fetch is not None
    assert (fetch.name, fetch.status) == (f"{site.yealink}.cfg", 200)
    assert (fetch.etag, fetch.user_agent, fetch.peer) == (headers["ETag"], agent, "127.0.0.1")
    assert datetime.now(UTC).timestamp() - 60 < fetch.at <= datetime.now(UTC).timestamp()
    await get(site.url(site.yealink), If_None_Match=headers["ETag"])
    assert (site.events[-1].status, site.events[-1].size) == (304, 0)


async def test_files_that_phones_ask_for_in_vain_are_answered_briefly(site: Any) -> None:
    """Part of how they start: no redirect, no HTML, and no failure that anybody counts."""
    names = (
        f"{site.yealink}.boot", "y000000000000.boot", "y000000000099.cfg", "aastra.cfg",
        f"{site.yealink}-phone.cfg", f"{site.yealink}-license.cfg",
    )  # fmt: skip
    for name in names * 20:
        status, headers, body = await get(site.url(site.yealink, name))
        assert (status, body) == (404, b"not found\n")
        assert headers["Content-Type"].startswith("text/plain")
    assert {event.status for event in site.events} == {404}
    assert {type(event) for event in site.events} == {ProfileServed}
    assert site.server.last_fetch(site.yealink) is None


async def test_a_file_that_cannot_be_made_is_told_and_harms_no_other(site: Any) -> None:
    devices = dict(site.devices())
    file = next(one for one in devices[site.yealink].values() if one.primary)
    templates = {"profile.j2": "{{ device.nonsense }}"}
    family = replace(file.family, templates=templates, digest="broken")
    devices[site.yealink] = {file.name: replace(file, family=family)}
    site.server.swap(devices, site.secrets, datetime(2026, 1, 1, tzinfo=UTC))
    status, _, body = await get(site.url(site.yealink))
    assert (status, body) == (500, b"this file cannot be made at the moment\n")
    (event,) = site.events
    assert isinstance(event, ProfileFailed)
    assert "yealink/templates/profile.j2" in event.reason
    assert "nonsense" in event.reason
    assert (await get(site.url(site.poly)))[0] == 200


async def test_rendered_files_are_remembered_in_bounded_memory(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, profile = await get(site.url(site.yealink))
    monkeypatch.setattr(listing_module, "_CACHED_BYTES", len(profile) + 100)
    for name in ("", "-user"):
        await get(site.url(site.poly, f"{site.poly}{name}.cfg"))
    listing = site.server.access.listing
    kept = sum(len(body.content) for _, body in listing._bodies.values())
    assert kept == listing._cached <= len(profile) + 100
    assert (await get(site.url(site.yealink)))[2] == profile


async def test_the_address_can_change_while_serving(site: Any) -> None:
    old = site.port
    await site.server.rebind("127.0.0.2", 0)
    assert site.server.address[0] == "127.0.0.2"
    url = site.url(site.yealink).replace("127.0.0.1", "127.0.0.2")
    assert (await get(url))[0] == 200
    with pytest.raises(aiohttp.ClientConnectionError):
        await get(f"http://127.0.0.1:{old}/")


async def test_a_taken_port_is_refused_and_the_old_one_keeps_working(site: Any) -> None:
    other = ProvisionServer(lambda event: None)
    with pytest.raises(ListenError) as caught:
        await other.start("127.0.0.1", site.port)
    assert (caught.value.host, caught.value.port) == ("127.0.0.1", site.port)
    assert "in use" in caught.value.reason
    await other.stop()
    await other.start("127.0.0.1", 0)
    assert other.address is not None
    with pytest.raises(ListenError):
        await site.server.rebind("127.0.0.1", other.address[1])
    assert (await get(site.url(site.yealink)))[0] == 200
    await other.stop()
    assert other.address is None
