"""Hunt groups: whether somebody rings, and each member's turn comes."""

from collections.abc import Iterator

from schema.assembly import Tree
from schema.checks.references import unknown
from schema.diagnostics import Diagnostic
from schema.models import HuntGroup


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report groups that do not ring as they look."""
    for id_, group in tree.hunt_groups.items():
        yield from _members(tree, id_, group)
        yield from _turns(tree, id_, group)
        if group.extension is None and not group.dids:
            hint = 'add an extension, such as extension: "400"'
            message = f'"{id_}" cannot be called from a key pad: no extension and no DID'
            yield tree.report("PBX1215", message, "hunt_groups", id_, hint=hint)


def _members(tree: Tree, id_: str, group: HuntGroup) -> Iterator[Diagnostic]:
    for at, member in enumerate(group.members):
        if member not in tree.ids["users"]:
            yield from unknown(tree, "users", member, "hunt_groups", id_, "members", at)
        elif member in group.members[:at]:
            message = f'"{member}" is in the hunt group "{id_}" twice'
            hint = "nobody rings twice in a call; remove one"
            yield tree.report("PBX1320", message, "hunt_groups", id_, "members", at, hint=hint)
    known = [tree.users[member] for member in group.members if member in tree.users]
    if len(known) == len(group.members) and not any(user.enabled for user in known):
        message = f'all members of the hunt group "{id_}" are disabled'
        hint = "enable one, or add another"
        yield tree.report("PBX1321", message, "hunt_groups", id_, "members", hint=hint)


def _turns(tree: Tree, id_: str, group: HuntGroup) -> Iterator[Diagnostic]:
    """One after the other takes time, and the whole group has only so much."""
    if group.strategy == "simultaneous":
        return
    turns = max(1, -int(-group.timeout // group.ring))
    if turns < len(group.members) and group.strategy == "sequential":
        late = group.members[turns]
        message = f'the turn of "{late}" never comes: {group.timeout:g} s are over before it'
        hint = f"each rings for {group.ring:g} s: raise timeout, or lower ring"
        at = ("members", turns)
        yield tree.report("PBX1322", message, "hunt_groups", id_, *at, hint=hint)
