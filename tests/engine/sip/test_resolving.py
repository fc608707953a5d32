"""Gateways by name, with a real DNS server: RFC 3263, expiry, and what to do when DNS is silent."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nameserver import NameServer
from ports import free_port

from engine.sip import Peer
from engine.sip.proxy.ways import Server
from engine.sip.resolve import Directory, NameServers, directory, inquiry

ALL = frozenset(("udp", "tcp", "tls"))
HOSTS = (
    "host-record=one.test,192.0.2.1",
    "host-record=two.test,192.0.2.2,2001:db8::2",
    "host-record=plain.test,192.0.2.9",
)
RECORDS = (
    *HOSTS,
    # Everything: NAPTR prefers TCP, and there is an offer that nobody knows.
    "naptr-record=full.test,10,10,s,SIP+D2X,,_sip._sctp.full.test",
    "naptr-record=full.test,20,20,s,SIP+D2U,,_sip._udp.full.test",
    "naptr-record=full.test,20,10,s,SIP+D2T,,_sip._tcp.full.test",
    "naptr-record=full.test,30,10,s,SIPS+D2T,,_sips._tcp.full.test",
    "srv-host=_sip._tcp.full.test,one.test,5080,10,5",
    "srv-host=_sip._tcp.full.test,two.test,5081,20,0",
    "srv-host=_sip._udp.full.test,two.test,5090,0,0",
    "srv-host=_sips._tcp.full.test,one.test,5061,0,0",
    # SRV alone.
    "srv-host=_sip._udp.served.test,one.test,5070,1,10",
    "srv-host=_sip._tcp.served.test,two.test,5071,1,10",
    # An SRV target that has no address beside one that has, and a service that says no.
    "srv-host=_sip._udp.half.test,gone.test,5070,1,0",
    "srv-host=_sip._udp.half.test,one.test,5070,2,0",
    "srv-host=_sip._udp.none.test,.,0,0,0",
    "host-record=none.test,192.0.2.8",
)


@pytest.fixture(scope="module")
def dns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NameServer]:
    with NameServer(tmp_path_factory.mktemp("dns"), RECORDS) as server:
        yield server


@pytest.fixture
def follow() -> Iterator[Callable[..., Any]]:
    """Follow one gateway: what the directory knows of it then."""
    made: list[Directory] = []

    async def follow(port: int, *peer: Any, spoken: frozenset[str] = ALL) -> Any:
        changed = asyncio.Event()
        known = Directory(changed.set, NameServers(("127.0.0.1",), port))
        known.seen = changed  # type: ignore[attr-defined]
        made.append(known)
        peers = [Peer("trunk", *peer)]
        await known.prepare(peers, spoken)
        known.settle(peers, spoken)
        return known

    yield follow
    for each in made:
        each.stop()


@pytest.mark.parametrize(
    ("peer", "spoken", "servers"),
    [
        (("192.0.2.7",), ALL, [Server("udp", 5060, ("192.0.2.7",))]),
        (("2001:db8::7", 5080, "tcp"), ALL, [Server("tcp", 5080, ("2001:db8::7",))]),
        (("192.0.2.7", None, "tls"), ALL, [Server("tls", 5061, ("192.0.2.7",))]),
        (("plain.test",), ALL, [Server("udp", 5060, ("192.0.2.9",))]),
        (("plain.test", None, "tls"), ALL, [Server("tls", 5061, ("192.0.2.9",))]),
        (
            ("two.test", 5099),
            ALL,
            [Server("udp", 5099, ("192.0.2.2", "2001:db8::2"))],
        ),
        (
            ("full.test",),
            ALL,
            [
                Server("tcp", 5080, ("192.0.2.1",), 10, 5),
                Server("tcp", 5081, ("192.0.2.2", "2001:db8::2"), 20, 0),
            ],
        ),
        (
            ("full.test",),
            frozenset(("udp",)),
            [Server("udp", 5090, ("192.0.2.2", "2001:db8::2"))],
        ),
        (("full.test",), frozenset(("tls",)), [Server("tls", 5061, ("192.0.2.1",))]),
        (("full.test", None, "tls"), ALL, [Server("tls", 5061, ("192.0.2.1",))]),
        (("full.test", 5060), ALL, []),
        (("served.test",), ALL, [Server("udp", 5070, ("192.0.2.1",), 1, 10)]),
        (
            ("served.test",),
            frozenset(("tcp",)),
            [Server("tcp", 5071, ("192.0.2.2", "2001:db8::2"), 1, 10)],
        ),
        (("half.test",), ALL, [Server("udp", 5070, ("192.0.2.1",), 2, 0)]),
        (("none.test",), ALL, []),
        (("nobody.test",), ALL, []),
    ],
)  # fmt: skip
async def test_a_gateway_is_located_as_rfc_3263_says(
    dns: NameServer, follow: Any, peer: tuple[Any, ...], spoken: frozenset[str],
    servers: list[Server],
) -> None:  # fmt: skip
    known = await follow(dns.port, *peer, spoken=spoken)
    assert list(known.servers()["trunk"]) == servers
    assert known.listing("trunk").problem == ("" if servers else directory.NO_ADDRESS)


async def test_a_name_of_the_hosts_file_is_found_whatever_dns_says(
    dns: NameServer, follow: Any
) -> None:
    known = await follow(dns.port, "localhost", 5070)
    [server] = known.servers()["trunk"]
    assert "127.0.0.1" in server.hosts


async def test_a_gateway_that_moves_is_followed_when_its_records_expire(
    tmp_path: Path, follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "SHORTEST", 0.2)
    records = (
        "srv-host=_sip._udp.trunk.test,here.test,5070,0,0",
        "host-record=here.test,192.0.2.1",
    )
    with NameServer(tmp_path, records, ttl=1) as dns:
        known = await follow(dns.port, "trunk.test")
        assert known.servers()["trunk"] == (Server("udp", 5070, ("192.0.2.1",)),)
        await asyncio.to_thread(dns.serve, records[0], "host-record=here.test,192.0.2.77")
        async with asyncio.timeout(20):
            await known.seen.wait()
        assert known.servers()["trunk"] == (Server("udp", 5070, ("192.0.2.77",)),)


async def test_the_last_answer_serves_while_no_name_server_answers(
    tmp_path: Path, follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "SHORTEST", 0.2)
    monkeypatch.setattr(directory, "RETRY", 0.2)
    monkeypatch.setattr(inquiry, "ANSWER_WITHIN", 0.5)
    record = "host-record=trunk.test,192.0.2.1"
    with NameServer(tmp_path, (record,), ttl=1) as dns:
        known = await follow(dns.port, "trunk.test")
        await asyncio.to_thread(dns.stop)
        async with asyncio.timeout(20):
            while not known.listing("trunk").stale:
                await asyncio.sleep(0.05)
        assert known.servers()["trunk"] == (Server("udp", 5060, ("192.0.2.1",)),)
        assert known.listing("trunk").problem == directory.NO_ANSWER
        await asyncio.to_thread(dns.start)
        async with asyncio.timeout(20):
            while known.listing("trunk").stale:
                await asyncio.sleep(0.05)
        assert not known.seen.is_set()


async def test_a_new_configuration_does_not_wait_long_for_a_silent_name_server(
    follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "FIRST_WITHIN", 0.3)
    async with asyncio.timeout(3):
        known = await follow(free_port(), "trunk.test")
    assert known.servers() == {"trunk": ()}


async def test_servers_without_an_announced_change_stay_until_they_are_settled(
    dns: NameServer, follow: Any
) -> None:
    known = await follow(dns.port, "plain.test")
    await known.prepare([Peer("trunk", "one.test")], ALL)
    assert known.servers()["trunk"] == (Server("udp", 5060, ("192.0.2.9",)),)
    known.settle([Peer("trunk", "one.test")], ALL)
    assert known.servers()["trunk"] == (Server("udp", 5060, ("192.0.2.1",)),)
