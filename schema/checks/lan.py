"""What nodes do on the LAN: SIP PnP."""

from collections.abc import Iterator
from ipaddress import IPv4Address

from schema.address import ip_address
from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.models import Node


def check(tree: Tree, id_: str, node: Node) -> Iterator[Diagnostic]:
    """Report a node that could not hear phones, or has nothing to tell them."""
    if node.pnp is None:
        return
    if not _joins(node.pnp.interface or node.address):
        wanted = node.pnp.interface or node.address
        message = f'SIP PnP is IPv4, and "{wanted}" is no IPv4 address of an interface'
        hint = "pnp: {interface: ADDRESS}, as `ip -4 -brief address` shows it"
        path = ("pnp", "interface") if node.pnp.interface is not None else ("pnp",)
        yield tree.report("PBX1440", message, "nodes", id_, *path, hint=hint)
    complete = tree.ids["nodes"].keys() == tree.nodes.keys()
    if complete and not any("provision" in each.roles for each in tree.nodes.values()):
        message = "no node serves profiles, so SIP PnP has nowhere to send phones"
        hint = "add provision to the roles of a node, or remove pnp"
        yield tree.report("PBX1441", message, "nodes", id_, "pnp", hint=hint)


def _joins(text: str) -> bool:
    """Whether it may be an interface's own address."""
    address = ip_address(text)
    if not isinstance(address, IPv4Address):
        return False
    return not (address.is_unspecified or address.is_multicast)
