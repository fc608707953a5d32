"""The live log: readable lines, nothing that could forge one, and no waiting for its reader."""

import asyncio
import io
import os
import time

import pytest

from engine.log import Log
from engine.plan import Plan
from engine.pnp import PnpDiffers, PnpFloods, PnpSighted, PnpSilent, PnpTold, PnpUnheard
from engine.provision import ProfileRefused, ProfileServed
from engine.reconcile import Result
from engine.sip import (
    AuthenticationFailed,
    CallEnded,
    CallRefused,
    CallRouted,
    EmergencyCall,
    GatewayFailed,
    Registered,
)


@pytest.fixture
async def lines() -> tuple[Log, io.StringIO]:
    stream = io.StringIO()
    return Log(stream), stream


async def test_each_event_is_one_line_with_its_time(lines: tuple[Log, io.StringIO]) -> None:
    log, stream = lines
    log.sip(Registered("alice", "", "sip:a@192.0.2.1", "udp:192.0.2.1:5060", 3600, "X"))
    log.sip(CallRouted("1", "alice", "202", None, ("bob",), "udp:192.0.2.1:5060"))
    log.sip(CallEnded("1", "alice", "202", "bob", 200, 61.2))
    log.sip(CallRefused("2", "", "911", 403, "Forbidden", "udp:192.0.2.9:5060"))
    log.sip(AuthenticationFailed("alice", "udp:192.0.2.9:5060", "REGISTER"))
    log.provisioning(ProfileServed("0015651234ab", "", 200, 100, "192.0.2.1", "Yealink"))
    log.provisioning(ProfileRefused(404, "/d/…/x", "192.0.2.9", "curl"))
    log.reconciled(Result("0123456789abcdef", "applied", "", Plan(())), 0.045)
    log.close()
    shown = [line.split(None, 2)[1:] for line in stream.getvalue().splitlines()]
    assert shown == [
        ["register", "alice registered at sip:a@192.0.2.1 for 3600 s"],
        ["call", "alice dials 202 → bob"],
        ["call", "alice → 202 ended after 61 s"],
        ["call", "a stranger at udp:192.0.2.9:5060 dials 911: 403 Forbidden"],
        ["warning", "wrong password for alice from udp:192.0.2.9:5060 (REGISTER)"],
        ["profile", "0015651234ab fetched its profile from 192.0.2.1: 200"],
        ["warning", "refused 192.0.2.9 (404): /d/…/x (curl)"],
        ["config", "0123456789 runs: nothing changes (45 ms)"],
    ]


async def test_a_call_is_told_as_pbx_route_tells_it(lines: tuple[Log, io.StringIO]) -> None:
    log, stream = lines
    at, full = "udp:192.0.2.1:5060", "all 30 channels are in use"
    log.sip(CallRouted("1", "alice", "95551234", "local", ("two", "one"), at, "long_distance"))
    log.sip(GatewayFailed("two", "1", 503, full, "", "alice", "95551234"))
    log.sip(GatewayFailed("one", "1", 404, "No Route", at, "alice", "95551234"))
    log.close()
    assert [line.split(None, 2)[2] for line in stream.getvalue().splitlines()] == [
        "alice dials 95551234 → two, one (rule local, long_distance)",
        "gateway two: 503 all 30 channels are in use, alice → 95551234",
        "gateway one: 404 No Route (udp:192.0.2.1:5060), alice → 95551234",
    ]


async def test_the_self_test_is_left_out(lines: tuple[Log, io.StringIO]) -> None:
    log, stream = lines
    log.sip(Registered("selftest-1-a", "", "sip:a@192.0.2.1", "udp:1", 60, "X"))
    log.close()
    assert stream.getvalue() == ""


async def test_a_call_for_help_is_a_warning_of_its_own(lines: tuple[Log, io.StringIO]) -> None:
    log, stream = lines
    gateways = ("pstn", "backup")
    source = "udp:192.0.2.1:5060"
    log.sip(EmergencyCall("1", "alice", "911", "hq", "+12125550201", gateways, source))
    log.sip(EmergencyCall("2", "bob", "9\r\n1\x1b", "", "", (), source))
    log.close()
    shown = [line.split(None, 2)[1:] for line in stream.getvalue().splitlines()]
    assert shown == [
        ["warning", "EMERGENCY CALL: alice at site hq dials 911 → pstn, then backup, "
         "call back +12125550201"],
        ["warning", "EMERGENCY CALL: bob dials 9??1? → no gateway"],
    ]  # fmt: skip


async def test_nobody_can_forge_a_line_or_move_the_cursor(
    lines: tuple[Log, io.StringIO],
) -> None:
    log, stream = lines
    log.sip(CallRouted("1", "alice", "1\n00:00:00  call  x\x1b[2J", None, ("bob",), "udp"))
    log.close()
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


async def test_a_reader_that_stops_reading_holds_nobody_up() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        log = Log(stream)
        start = time.monotonic()
        for _ in range(3):
            for number in range(4000):
                log.write("call", f"line {number} {'x' * 100}")
            await asyncio.sleep(0.15)
        assert time.monotonic() - start < 5
        os.close(reading)
        log.close()


async def test_each_event_of_sip_pnp_is_one_line(lines: tuple[Log, io.StringIO]) -> None:
    log, stream = lines
    mac, phone, peer = "0015651234ab", "yealink SIP-T46G", "192.0.2.77"
    log.pnp(PnpTold(mac, phone, peer, "http://192.0.2.5:8090/"))
    log.pnp(PnpSighted(mac, phone, "yealink", "yealink-t46g", peer))
    log.pnp(PnpSilent("", "ACME X", peer))
    log.pnp(PnpDiffers(mac, "yealink T48S", "yealink-t46g", peer))
    log.pnp(PnpUnheard(mac, phone, peer, 408))
    log.pnp(PnpUnheard(mac, phone, peer, 489))
    log.pnp(PnpFloods(peer, "it asks too often"))
    log.close()
    assert [line[10:] for line in stream.getvalue().splitlines()] == [
        f"profile   {mac} ({phone}) at {peer} asked the LAN and was sent to http://192.0.2.5:8090/",
        f"profile   {mac} ({phone}) at {peer} asked the LAN and is not in the tree",
        f"profile   a phone (ACME X) at {peer} asked the LAN: of no family that is known, "
        "no answer",
        f"warning   {mac} (yealink T48S) at {peer} asked the LAN, but in the tree it is a "
        "yealink-t46g",
        f"warning   {mac} ({phone}) at {peer} asked the LAN, but did not answer when it was told",
        f"warning   {mac} ({phone}) at {peer} asked the LAN, but said 489 when it was told",
        f"warning   SIP PnP: {peer} is not heard any more: it asks too often",
    ]
