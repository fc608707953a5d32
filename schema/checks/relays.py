"""Media relays: whether each can be spoken to, and is there where it is wanted."""

from collections.abc import Iterator

from schema.address import host_and_port, ip_address
from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.models import Node


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report relays that cannot be asked, and routers that lack one."""
    for id_, node in tree.nodes.items():
        yield from _addresses(tree, id_, node)
    if tree.system is None or tree.system.nat.relay != "always":
        return
    for id_, node in tree.nodes.items():
        if "router" in node.roles and not node.rtpengine:
            message = f'the router "{id_}" has no rtpengine to relay every call'
            hint = "add: rtpengine: [127.0.0.1:2223]"
            yield tree.report("PBX1414", message, "nodes", id_, hint=hint)


def _addresses(tree: Tree, id_: str, node: Node) -> Iterator[Diagnostic]:
    seen: set[tuple[str, int]] = set()
    for place, text in enumerate(node.rtpengine):
        message = _unusable(text, seen)
        if message:
            hint = "the IP address and port of its listen-ng, such as 127.0.0.1:2223"
            yield tree.report("PBX1413", message, "nodes", id_, "rtpengine", place, hint=hint)


def _unusable(text: str, seen: set[tuple[str, int]]) -> str:
    """Why that address is of no use; empty if it is."""
    try:
        host, port = host_and_port(text, 0)
    except ValueError as error:
        return f'the address "{text}" cannot be read: {error}'
    address = ip_address(host)
    if address is None or address.is_unspecified or address.is_multicast:
        return f'"{host}" is not the IP address of a machine'
    if not port:
        return f'"{text}" has no port'
    if (host, port) in seen:
        return f'"{text}" is listed twice'
    seen.add((host, port))
    return ""
