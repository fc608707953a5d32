"""Gateways: whether their addresses can be read, told apart and reached."""

from collections.abc import Iterator

from schema.address import host_and_port, ip_address
from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.models import Gateway


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report gateways whose calls could neither leave nor be recognised."""
    own = {
        (address, port)
        for node in tree.nodes.values()
        for address in node.sip_addresses
        for port in node.sip.ports.values()
    }
    seen: dict[tuple[str, int], str] = {}
    for id_, gateway in tree.gateways.items():
        try:
            at = host_and_port(gateway.address, gateway.default_port)
        except ValueError as error:
            yield _unreadable(tree, id_, gateway.address, error)
            continue
        if at in own or (tree.system is not None and at[0] == tree.system.domain.lower()):
            message = f'the gateway "{id_}" is this PBX itself'
            hint = "its address is that of a node, or the system's own domain"
            yield tree.report("PBX1410", message, "gateways", id_, "address", hint=hint)
        if gateway.ca is not None and gateway.transport != "tls":
            message = f'the gateway "{id_}" has a file of authorities and does not use TLS'
            hint = "add: transport: tls"
            yield tree.report("PBX1412", message, "gateways", id_, "ca", hint=hint)
        if gateway.enabled:
            first = seen.setdefault(at, id_)
            if first != id_:
                yield _same_address(tree, id_, first)
            yield from _reached(tree, id_, gateway, at[0])


def _unreadable(tree: Tree, id_: str, address: str, error: ValueError) -> Diagnostic:
    bare = address.removeprefix("sips:").removeprefix("sip:")
    hint = f'write "{bare}"' if bare != address else "such as sip.example.net or 192.0.2.10:5080"
    message = f'the address "{address}" cannot be read: {error}'
    return tree.report("PBX1409", message, "gateways", id_, "address", hint=hint)


def _same_address(tree: Tree, id_: str, first: str) -> Diagnostic:
    also = tree.also(f"also {first}'s", "gateways", first, "address")
    message = f'the gateways "{first}" and "{id_}" have the same address'
    hint = "calls from there could come from either; remove one, or disable it"
    return tree.report("PBX1408", message, "gateways", id_, "address", hint=hint, related=also)


def _reached(tree: Tree, id_: str, gateway: Gateway, host: str) -> Iterator[Diagnostic]:
    """A router with the gateway's transport, and of its IP version when that is known."""
    routers = [node for node in tree.nodes.values() if "router" in node.roles]
    if not routers or tree.ids["nodes"].keys() != tree.nodes.keys():
        return  # reported as PBX14xx or by the broken node; nothing can be said of this one
    transport = _transport(gateway, host)
    speaking = [node for node in routers if transport is None or transport in node.sip.ports]
    wanted = ip_address(host)
    if not speaking:
        message = f'no node reaches the gateway "{id_}" over {transport}'
        hint = f"give a router a port for it: sip: {{{transport}: {gateway.default_port}}}"
        yield tree.report("PBX1403", message, "gateways", id_, "transport", hint=hint)
    elif wanted is not None and not any(
        address.version == wanted.version
        for address in (ip_address(each) for node in speaking for each in node.sip_addresses)
        if address is not None
    ):
        message = f'no node reaches the gateway "{id_}" over IPv{wanted.version}'
        hint = f"give a router an IPv{wanted.version} address, or use the gateway's other one"
        yield tree.report("PBX1403", message, "gateways", id_, "address", hint=hint)


def _transport(gateway: Gateway, host: str) -> str | None:
    """What the gateway is reached over; None when DNS will say (RFC 3263 section 4.1)."""
    if gateway.transport is not None:
        return gateway.transport
    named = ip_address(host) is None and not host_and_port(gateway.address, 0)[1]
    return None if named else "udp"
