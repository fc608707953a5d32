"""Forwarding that comes back to where it began."""

from collections.abc import Iterator

from schema.assembly import Tree
from schema.diagnostics import Diagnostic


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report users who forward to one of their own numbers."""
    for id_ in sorted(tree.mentions.unusual & tree.users.keys()):
        user = tree.users[id_]
        own = {user.extension, *user.dids, *user.aliases, id_}
        for at, forward in enumerate(user.forward):
            if forward.to in own:
                message = f'"{id_}" forwards to themselves'
                hint = "forward to another number, or remove the entry"
                path = ("forward", at, "to")
                yield tree.report("PBX1213", message, "users", id_, *path, hint=hint)
