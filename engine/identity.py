"""Which node of the tree this machine is."""

import socket

from engine.services import ApplyError
from schema.models import System


def this_node(system: System, chosen: str | None) -> str:
    """`chosen` (--node), else the only node, else the one named like this host.

    Raises ApplyError when the tree has no such node, or several and no choice was made.
    """
    known = ", ".join(system.nodes)
    if chosen is not None:
        if chosen not in system.nodes:
            raise ApplyError(f'the tree has no node "{chosen}": it has {known}')
        return chosen
    if len(system.nodes) == 1:
        return next(iter(system.nodes))
    host = socket.gethostname()
    for name in (host, host.partition(".")[0]):
        if name in system.nodes:
            return name
    raise ApplyError(f"the tree has several nodes ({known}): say which one this is with --node")
