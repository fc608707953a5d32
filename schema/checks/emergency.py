"""Emergency calls: whether they can be called back."""

from collections.abc import Iterator

from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.models import Gateway, User


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report callers without a number."""
    yield from _callbacks(tree)


def _callbacks(tree: Tree) -> Iterator[Diagnostic]:
    """Sites whose people have no number, where a gateway has none to show either."""
    rules = [rule for rule in tree.dialplan if rule.type == "emergency" and rule.enabled]
    mute = next(
        (id_ for rule in rules for id_ in _gateways(tree, rule.via) if _mute(tree, id_)), ""
    )
    if not mute:
        return
    first: dict[str, str] = {}
    for id_, user in tree.users.items():
        if user.enabled and not _has_number(user):
            first.setdefault(user.site or "", id_)
    for site, caller in first.items():
        if site in tree.sites and tree.sites[site].emergency_callback is None:
            yield _no_callback(tree, caller, mute, "sites", site)
        elif not site and tree.sites:
            yield _no_callback(tree, caller, mute, "dialplan", rules[0].rule)


def _gateways(tree: Tree, via: tuple[str, ...]) -> Iterator[str]:
    """What carries a rule's emergency calls: its own gateways, and all that stand in for them."""
    yield from via
    yield from (id_ for id_, gateway in tree.gateways.items() if gateway.emergency)


def _mute(tree: Tree, id_: str) -> bool:
    gateway: Gateway | None = tree.gateways.get(id_)
    return gateway is not None and gateway.enabled and gateway.caller_id is None


def _has_number(user: User) -> bool:
    return user.caller_id is not None or bool(user.dids)


def _no_callback(tree: Tree, user: str, gateway: str, section: str, id_: str) -> Diagnostic:
    place = f'at site "{id_}"' if section == "sites" else "without a site"
    message = f'nobody can call back who calls for help {place}, such as "{user}"'
    hint = 'add emergency_callback: "+12125550200"'
    if section != "sites":
        hint = f'give "{user}" a site with emergency_callback'
    hint += ", or caller_id to the gateway"
    also = tree.also("shows no caller_id of its own", "gateways", gateway)
    return tree.report("PBX1415", message, section, id_, hint=hint, related=also)
