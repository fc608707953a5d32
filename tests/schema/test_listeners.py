"""What nodes listen on: addresses, ports, certificates, and gateways that need them."""

from collections.abc import Callable

import pytest

from engine.services.router import listen_addresses
from schema.models import Node
from schema.validate import Validation

Check = Callable[..., Validation]
CERTIFICATE = "certificate: {chain: /a.pem, key: /a.key}"
PLAN = """\
dialplan:
  - {rule: emergency, type: emergency, match: ["911"], via: [pstn]}
"""


def found(check: Check, node: str, gateway: str = "{address: 192.0.2.10}") -> list[tuple[str, str]]:
    text = f"version: 1\nsystem: {{domain: example.test}}\nnodes: {{pbx1: {node}}}\n"
    text += f"gateways: {{pstn: {gateway}}}\n{PLAN}"
    validation = check(files={"pbx.yaml": text})
    return [(each.code, each.message) for each in validation.diagnostics]


@pytest.mark.parametrize(
    "sip",
    [
        f"{{tls: 5061, wss: 8443, ws: 8080, {CERTIFICATE}}}",
        f"{{udp: null, tcp: null, tls: 5061, {CERTIFICATE}}}",
        "{udp: null, tcp: 5060, ws: 8080}",
    ],
)
def test_any_transport_will_do(check: Check, sip: str) -> None:
    gateway = "{address: 192.0.2.10, transport: tls}" if "tls" in sip else None
    gateway = gateway or "{address: 192.0.2.10, transport: tcp}"
    assert found(check, f"{{address: 192.0.2.5, sip: {sip}}}", gateway) == []


@pytest.mark.parametrize(
    ("sip", "message"),
    [
        (f"{{tls: 5060, {CERTIFICATE}}}", "tcp port 5060 of 192.0.2.5 is wanted twice"),
        (f"{{tls: 5061, wss: 5061, {CERTIFICATE}}}", "tcp port 5061 of 192.0.2.5 is wanted twice"),
        ("{ws: 8090}", "tcp port 8090 of 192.0.2.5 is wanted twice"),
    ],
)
def test_transports_over_tcp_need_ports_of_their_own(check: Check, sip: str, message: str) -> None:
    node = f'{{address: 192.0.2.5, addresses: ["2001:db8::5"], sip: {sip}}}'
    assert ("PBX1402", message) in found(check, node)
    assert len(found(check, node)) == 1


def test_each_further_address_is_checked(check: Check) -> None:
    node = '{address: 192.0.2.5, addresses: ["2001:db8::5", "::", pbx.example.test]}'
    assert found(check, node) == [
        ("PBX1404", "phones cannot connect to ::"),
        ("PBX1404", '"pbx.example.test" is not an IP address'),
    ]


def test_an_address_that_is_written_twice_is_listened_on_once(check: Check) -> None:
    node = '{address: 192.0.2.5, addresses: [192.0.2.5, "2001:DB8::5", "2001:db8:0::5"]}'
    assert found(check, node) == []
    listeners = listen_addresses(Node(address="192.0.2.5", addresses=("192.0.2.5", "2001:DB8::5")))
    assert [each.host for each in listeners] == [*["192.0.2.5"] * 2, *["2001:db8::5"] * 2]


def test_a_further_address_reaches_a_gateway_of_its_ip_version(check: Check) -> None:
    gateway = '{address: "[2001:db8::10]:5060"}'
    assert [code for code, _ in found(check, "{address: 192.0.2.5}", gateway)] == ["PBX1403"]
    assert found(check, '{address: 192.0.2.5, addresses: ["2001:db8::5"]}', gateway) == []


def test_a_gateway_over_tls_needs_a_router_that_speaks_it(check: Check) -> None:
    gateway = "{address: sip.example.net, transport: tls}"
    assert found(check, "{address: 192.0.2.5}", gateway) == [
        ("PBX1403", 'no node reaches the gateway "pstn" over tls')
    ]


@pytest.mark.parametrize("path", ["a.pem", "./a.pem", "''", "/"])
def test_files_are_named_from_the_root(check: Check, path: str) -> None:
    sip = f"{{tls: 5061, certificate: {{chain: {path}, key: /a.key}}}}"
    assert [code for code, _ in found(check, f"{{address: 192.0.2.5, sip: {sip}}}")] == ["PBX1107"]


@pytest.mark.parametrize(
    ("location", "clashes"), [("", False), ('emergency_location: "1 Main St"', True)]
)
def test_a_router_of_located_sites_needs_the_http_port(
    check: Check, location: str, clashes: bool
) -> None:
    text = "version: 1\nsystem: {domain: example.test}\nnodes:\n"
    text += "  pbx1: {address: 192.0.2.5, roles: [router], sip: {ws: 8090}}\n"
    text += f"sites: {{hq: {{{location}}}}}\n"
    codes = [each.code for each in check(files={"pbx.yaml": text}).diagnostics]
    assert codes == (["PBX1402"] if clashes else [])
