"""Where rules, hunt groups and gateways lead to inside: somebody who is there."""

from collections.abc import Iterator

from schema.assembly import Tree
from schema.checks.references import unknown
from schema.diagnostics import Diagnostic
from schema.models.destination import RESERVED, Destination
from schema.source import Path


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report destinations that nobody answers at."""
    for section, id_, path, destination in _destinations(tree):
        kind, name = destination.kind, destination.name
        if kind in RESERVED:
            message = f"there is no {kind} yet to lead a call to"
            hint = "the word is kept for that service; lead to a user, hunt_group or number"
            yield tree.report("PBX1314", message, section, id_, *path, kind, hint=hint)
        elif kind in ("user", "hunt_group"):
            wanted = f"{kind}s"
            if name not in tree.ids[wanted]:
                yield from unknown(tree, wanted, name, section, id_, *path, kind)
        elif section == "gateways" and not is_somebody(tree, name):
            message = f"{name} is nobody's number here, and callers from outside call nobody else"
            hint = "write the extension of a user or hunt group"
            yield tree.report("PBX1302", message, section, id_, *path, kind, hint=hint)


def _destinations(tree: Tree) -> Iterator[tuple[str, str, Path, Destination]]:
    for rule in tree.dialplan:
        if rule.to is not None:
            yield "dialplan", rule.rule, ("to",), rule.to
    for id_, group in tree.hunt_groups.items():
        if group.fallback is not None:
            yield "hunt_groups", id_, ("fallback",), group.fallback
    for id_, gateway in tree.gateways.items():
        if gateway.inbound.fallback is not None:
            yield "gateways", id_, ("inbound", "fallback"), gateway.inbound.fallback


def is_somebody(tree: Tree, number: str) -> bool:
    """Whether a number is that of a user or hunt group, as far as the tree is known."""
    for section in ("users", "hunt_groups"):
        if section in tree.incomplete or len(getattr(tree, section)) < len(tree.ids[section]):
            return True  # it may be the number of somebody whose entry is broken
    if number in tree.users or number in tree.hunt_groups or number in tree.numbers:
        return True
    return any(number in user.dids for user in tree.users.values()) or any(
        number in group.dids for group in tree.hunt_groups.values()
    )
