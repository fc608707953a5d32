"""Nodes: whether each can listen, and all together do what the tree needs."""

from collections.abc import Iterator

from schema.address import ip_address
from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.models import Node
from schema.source import Path
from schema.tree import MAIN_FILE


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report nodes that could not start, and services that no node runs."""
    if not tree.ids["nodes"]:
        if "nodes" not in tree.incomplete:
            yield _no_node()
        return
    for id_, node in tree.nodes.items():
        yield from _address(tree, id_, node)
        if "router" in node.roles and node.sip.udp is None and node.sip.tcp is None:
            message = f'the router "{id_}" has no transport'
            hint = "give it a port: sip: {udp: 5060}"
            yield tree.report("PBX1405", message, "nodes", id_, "sip", hint=hint)
    yield from _ports(tree)
    if tree.ids["nodes"].keys() == tree.nodes.keys():
        yield from _roles(tree)
        yield from _transports(tree)


def _no_node() -> Diagnostic:
    hint = "add: nodes: {pbx1: {address: 192.0.2.5}}"
    return Diagnostic("PBX1401", "there is no node to run the PBX", MAIN_FILE, hint=hint)


def _address(tree: Tree, id_: str, node: Node) -> Iterator[Diagnostic]:
    address = ip_address(node.address)
    if address is None:
        message = f'"{node.address}" is not an IP address'
    elif address.is_unspecified or address.is_multicast:
        message = f"phones cannot connect to {node.address}"
    else:
        return
    hint = "one IP address of the machine, which phones can reach, such as 192.0.2.5"
    yield tree.report("PBX1404", message, "nodes", id_, "address", hint=hint)


def _listeners(node: Node) -> Iterator[tuple[str, int, Path]]:
    """Protocol, port and path of each socket that a node opens."""
    if "router" in node.roles:
        if node.sip.udp is not None:
            yield "udp", node.sip.udp, ("sip", "udp")
        if node.sip.tcp is not None:
            yield "tcp", node.sip.tcp, ("sip", "tcp")
    if "provision" in node.roles:
        yield "tcp", node.http.port, ("http", "port")


def _ports(tree: Tree) -> Iterator[Diagnostic]:
    taken: dict[tuple[str, str, int], tuple[str, Path]] = {}
    for id_, node in tree.nodes.items():
        for protocol, port, path in _listeners(node):
            first, other = taken.setdefault((node.address, protocol, port), (id_, path))
            if (first, other) != (id_, path):
                where = f"{protocol} port {port} of {node.address}"
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
    offered = {t for t in ("udp", "tcp") for node in routers if getattr(node.sip, t) is not None}
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
