"""Nodes: whether each can listen, and all together do what the tree needs."""

from collections.abc import Collection, Iterator
from ipaddress import ip_network

from schema.address import ip_address
from schema.assembly import Tree
from schema.checks import lan, relays
from schema.diagnostics import Diagnostic
from schema.emergency import serves_http
from schema.models import Node, Site
from schema.models.node import SECURE_TRANSPORTS, SipListener
from schema.source import Path
from schema.tree import MAIN_FILE


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report nodes that could not start, and services that no node runs."""
    if not tree.ids["nodes"]:
        if "nodes" not in tree.incomplete:
            yield _no_node()
        return
    for id_, node in tree.nodes.items():
        yield from _addresses(tree, id_, node)
        if "router" in node.roles:
            yield from _sip(tree, id_, node.sip)
        yield from _provision(tree, id_, node)
        yield from lan.check(tree, id_, node)
    yield from relays.check(tree)
    yield from _ports(tree)
    if tree.ids["nodes"].keys() == tree.nodes.keys():
        yield from _roles(tree)
        yield from _transports(tree)


def _no_node() -> Diagnostic:
    hint = "add: nodes: {pbx1: {address: 192.0.2.5}}"
    return Diagnostic("PBX1401", "there is no node to run the PBX", MAIN_FILE, hint=hint)


def _addresses(tree: Tree, id_: str, node: Node) -> Iterator[Diagnostic]:
    paths: list[Path] = [("address",), *(("addresses", n) for n in range(len(node.addresses)))]
    for address, path in zip(node.sip_addresses, paths, strict=True):
        message = _unusable(address)
        if message:
            hint = "one IP address of the machine, which phones can reach, such as 192.0.2.5"
            yield tree.report("PBX1404", message, "nodes", id_, *path, hint=hint)


def _unusable(text: str) -> str:
    """Why nothing can listen on that address; empty if it can."""
    address = ip_address(text)
    if address is None:
        return f'"{text}" is not an IP address'
    if address.is_unspecified or address.is_multicast:
        return f"phones cannot connect to {text}"
    return ""


def _sip(tree: Tree, id_: str, sip: SipListener) -> Iterator[Diagnostic]:
    if not sip.ports:
        message = f'the router "{id_}" has no transport'
        hint = "give it a port: sip: {udp: 5060}"
        yield tree.report("PBX1405", message, "nodes", id_, "sip", hint=hint)
    for transport in SECURE_TRANSPORTS:
        if transport in sip.ports and sip.certificate is None:
            message = f'"{id_}" has a port for {transport} and no certificate'
            hint = "add to sip: certificate: {chain: /etc/…/fullchain.pem, key: /etc/…/privkey.pem}"
            yield tree.report("PBX1411", message, "nodes", id_, "sip", transport, hint=hint)


def _provision(tree: Tree, id_: str, node: Node) -> Iterator[Diagnostic]:
    """Services for phones where there are none, and strangers treated as one's own phones."""
    if "provision" not in node.roles:
        yield from _for_nobody(tree, id_, node)
    for number, network in enumerate(node.provision.networks):
        if not ip_network(network, strict=False).is_private:
            message = f"{network} is not a private network: whoever is there may enrol phones"
            hint = "name the networks that your phones are in"
            path = ("provision", "networks", number)
            yield tree.report("PBX1431", message, "nodes", id_, *path, hint=hint)


def _for_nobody(tree: Tree, id_: str, node: Node) -> Iterator[Diagnostic]:
    asked: list[tuple[Path, object]] = [
        (("http", "tls"), node.http.tls), (("tftp",), node.tftp), (("ftp",), node.ftp),
    ]  # fmt: skip
    for path, wanted in asked:
        if wanted is not None:
            message = f'"{id_}" serves no phones, so {" ".join(map(str, path))} means nothing'
            hint = "add provision to its roles, or remove the setting"
            yield tree.report("PBX1430", message, "nodes", id_, *path, hint=hint)


def _listeners(node: Node, sites: Collection[Site]) -> Iterator[tuple[str, str, int, Path]]:
    """Address, protocol, port and path of each socket that a node opens."""
    if "router" in node.roles:
        for address in node.sip_addresses:
            for transport, port in node.sip.ports.items():
                yield address, "udp" if transport == "udp" else "tcp", port, ("sip", transport)
    if serves_http(node, sites):
        yield node.address, "tcp", node.http.port, ("http", "port")
    if "provision" in node.roles:
        yield from _provision_listeners(node)
    if node.metrics is not None and node.metrics.address in node.sip_addresses:
        yield node.metrics.address, "tcp", node.metrics.port, ("metrics", "port")


def _provision_listeners(node: Node) -> Iterator[tuple[str, str, int, Path]]:
    if node.http.tls is not None:
        yield node.address, "tcp", node.http.tls.port, ("http", "tls", "port")
        if node.http.tls.clients_port is not None:
            place = ("http", "tls", "clients_port")
            yield node.address, "tcp", node.http.tls.clients_port, place
    if node.tftp is not None:
        yield node.address, "udp", node.tftp.port, ("tftp", "port")
    if node.ftp is not None:
        yield node.address, "tcp", node.ftp.port, ("ftp", "port")


def _ports(tree: Tree) -> Iterator[Diagnostic]:
    taken: dict[tuple[str, str, int], tuple[str, Path]] = {}
    for id_, node in tree.nodes.items():
        told = set()
        for address, protocol, port, path in _listeners(node, tree.sites.values()):
            first, other = taken.setdefault((address, protocol, port), (id_, path))
            if (first, other) != (id_, path) and path not in told:
                told.add(path)
                where = f"{protocol} port {port} of {address}"
                also = tree.also(f"first by {first}'s {' '.join(map(str, other))}", "nodes", first)
                hint = "give each service a port of its own"
                message = f"{where} is wanted twice"
                yield tree.report("PBX1402", message, "nodes", id_, *path, hint=hint, related=also)


def _roles(tree: Tree) -> Iterator[Diagnostic]:
    roles = {role for node in tree.nodes.values() for role in node.roles}
    needed = {"router": "calls need one", "provision": "phones fetch their profiles from one"}
    first = next(iter(tree.nodes))
    for role, why in needed.items():
        if role not in roles and (role == "router" or tree.ids["phones"]):
            message = f'no node has the role "{role}": {why}'
            hint = f"add {role} to the roles of a node"
            yield tree.report("PBX1406", message, "nodes", first, "roles", hint=hint)


def _transports(tree: Tree) -> Iterator[Diagnostic]:
    """The setting `transport` at every level, against what routers listen on."""
    routers = [node for node in tree.nodes.values() if "router" in node.roles]
    offered = {transport for node in routers for transport in node.sip.ports}
    if not offered:
        return
    several = ("sites", "groups", "users", "phones")
    for section in () if tree.mentions.transports <= offered else several:
        for id_, entry in getattr(tree, section).items():
            wanted = entry.settings.transport
            if wanted is not None and wanted not in offered:
                yield _not_offered(tree, wanted, section, id_, ("settings", "transport"))
    wanted = tree.system.settings.transport if tree.system else None
    if wanted is not None and wanted not in offered:
        yield _not_offered(tree, wanted, "system", "settings", ("transport",))


def _not_offered(tree: Tree, wanted: str, section: str, id_: str, path: Path) -> Diagnostic:
    message = f"no router listens on {wanted}"
    hint = f"give a router a port for it: sip: {{{wanted}: 5060}}"
    return tree.report("PBX1407", message, section, id_, *path, hint=hint)
