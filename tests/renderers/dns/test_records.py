"""What DNS says of the routers: read back from the zone, and asked of a real server."""

from pathlib import Path
from typing import Any

import dns.resolver
import dns.zone
import pytest
from nameserver import NameServer

from renderers.dns import render_dns
from schema.models import Node, Site, System, SystemSettings

NODES = {
    "pbx1": {
        "address": "192.0.2.5", "addresses": ["2001:db8::5"],
        "sip": {"udp": 5060, "tcp": None, "tls": 5061,
                "certificate": {"chain": "/c", "key": "/k"}},
    },
    "North-1": {"address": "198.51.100.7", "site": "oslo", "sip": {"udp": 5070, "tcp": 5070}},
    "files": {"address": "192.0.2.6", "roles": ["provision"]},
}  # fmt: skip


def system(domain: str = "Example.test", **nodes: Any) -> System:
    found = {name: Node.model_validate(node) for name, node in (nodes or NODES).items()}
    return System(
        system=SystemSettings(domain=domain), nodes=found, sites={"oslo": Site()}, groups={},
        users={}, phones={}, gateways={}, schedules={}, dialplan=(),
    )  # fmt: skip


def in_zone(text: bytes) -> set[tuple[str, str, str]]:
    """Name, type and data of each record, as dnspython reads the zone with our part in it."""
    whole = f"$ORIGIN example.test.\n@ 60 IN SOA ns admin 1 1 1 1 1\n@ 60 IN NS ns\n{text.decode()}"
    zone = dns.zone.from_text(whole, "example.test.", check_origin=False, relativize=False)
    return {
        (str(name), data.rdtype.name, str(data))
        for name, _, data in zone.iterate_rdatas()
        if data.rdtype.name in ("SRV", "A", "AAAA")
    }


def asked(server: NameServer, names: dict[str, str]) -> set[tuple[str, str, str]]:
    """The same, asked of the server."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.port
    return {
        (f"{name}.", kind, str(data))
        for name, kinds in names.items()
        for kind in kinds.split()
        for data in resolver.resolve(name, kind)
    }


EXPECTED = {
    ("_sip._udp.example.test.", "SRV", "{near} 10 5070 north-1.example.test."),
    ("_sip._udp.example.test.", "SRV", "{far} 10 5060 pbx1.example.test."),
    ("_sip._tcp.example.test.", "SRV", "{near} 10 5070 north-1.example.test."),
    ("_sips._tcp.example.test.", "SRV", "{far} 10 5061 pbx1.example.test."),
    ("pbx1.example.test.", "A", "192.0.2.5"),
    ("pbx1.example.test.", "AAAA", "2001:db8::5"),
    ("north-1.example.test.", "A", "198.51.100.7"),
}


@pytest.mark.parametrize(("folder", "far"), [("dns", 10), ("dns/oslo", 20)])
def test_a_sites_own_routers_come_first_and_elsewhere_all_are_equal(
    folder: str, far: int, tmp_path: Path
) -> None:
    files = render_dns(system())
    expected = {(name, kind, data.format(near=10, far=far)) for name, kind, data in EXPECTED}
    assert in_zone(files[f"{folder}/sip.zone"]) == expected

    lines = files[f"{folder}/dnsmasq.conf"].decode().splitlines()
    names = {
        "_sip._udp.example.test": "SRV", "_sip._tcp.example.test": "SRV",
        "_sips._tcp.example.test": "SRV", "pbx1.example.test": "A AAAA",
        "north-1.example.test": "A",
    }  # fmt: skip
    with NameServer(tmp_path, tuple(lines)) as server:
        assert asked(server, names) == expected


@pytest.mark.parametrize("domain", ["192.0.2.5", "2001:db8::5", "not a domain"])
def test_a_domain_that_dns_does_not_know_has_no_records(domain: str) -> None:
    assert render_dns(system(domain)) == {}


def test_a_system_without_routers_has_none_either() -> None:
    assert render_dns(system(files=NODES["files"])) == {}
