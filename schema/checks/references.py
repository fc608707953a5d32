"""Names of groups, sites, gateways and schedules that must exist somewhere in the tree."""

from collections.abc import Iterator

from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.entries import KINDS
from schema.suggest import did_you_mean

_CODES = {"users": "PBX1202", "groups": "PBX1206", "sites": "PBX1207", "gateways": "PBX1208",
          "schedules": "PBX1209", "hunt_groups": "PBX1221"}  # fmt: skip


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report every name of an entry that is in no file. (Users on phones: schema.checks.phones.)"""
    mentions, ids = tree.mentions, tree.ids
    if not (mentions.groups <= ids["groups"].keys() and mentions.sites <= ids["sites"].keys()):
        yield from _groups(tree)
        yield from _sites(tree)
    if not mentions.schedules <= ids["schedules"].keys():
        yield from _schedules_of_users(tree)
    yield from _hunt_groups(tree)
    yield from _rules(tree)
    yield from _proofs(tree)


def unknown(
    tree: Tree, wanted: str, name: str, section: str, id_: str, *path: str | int
) -> Iterator[Diagnostic]:
    """Report that `name` is not an id of the section `wanted`, unless it may yet be one."""
    if wanted in tree.incomplete:
        return
    kind = KINDS[wanted]
    message = f'there is no {kind} "{name}"'
    hint = did_you_mean(name, tree.ids[wanted], wanted) or f'add it to the section "{wanted}"'
    yield tree.report(_CODES[wanted], message, section, id_, *path, hint=hint)


def _groups(tree: Tree) -> Iterator[Diagnostic]:
    for id_, user in tree.users.items():
        for at, group in enumerate(user.groups):
            if group not in tree.ids["groups"]:
                yield from unknown(tree, "groups", group, "users", id_, "groups", at)


def _schedules_of_users(tree: Tree) -> Iterator[Diagnostic]:
    for id_, user in tree.users.items():
        quiet = user.do_not_disturb
        if isinstance(quiet, str) and quiet not in tree.ids["schedules"]:
            yield from unknown(tree, "schedules", quiet, "users", id_, "do_not_disturb")
        for at, forward in enumerate(user.forward):
            if forward.when is not None and forward.when not in tree.ids["schedules"]:
                path = ("forward", at, "when")
                yield from unknown(tree, "schedules", forward.when, "users", id_, *path)


def _sites(tree: Tree) -> Iterator[Diagnostic]:
    sites = tree.ids["sites"]
    for section in ("users", "hunt_groups", "phones", "gateways", "nodes"):
        for id_, entry in getattr(tree, section).items():
            if entry.site is not None and entry.site not in sites:
                yield from unknown(tree, "sites", entry.site, section, id_, "site")


def _hunt_groups(tree: Tree) -> Iterator[Diagnostic]:
    for id_, group in tree.hunt_groups.items():
        if group.when is not None and group.when not in tree.ids["schedules"]:
            yield from unknown(tree, "schedules", group.when, "hunt_groups", id_, "when")


def _proofs(tree: Tree) -> Iterator[Diagnostic]:
    for proof in tree.prove:
        people = proof.nobody or proof.everybody
        side = "nobody" if proof.nobody is not None else "everybody"
        for kind in ("site", "group", "user"):
            name = getattr(people, kind)
            if name is not None and name not in tree.ids[f"{kind}s"]:
                yield from unknown(tree, f"{kind}s", name, "prove", proof.proof, side, kind)
        if proof.via is not None and proof.via not in tree.ids["gateways"]:
            yield from unknown(tree, "gateways", proof.via, "prove", proof.proof, "via")


def _rules(tree: Tree) -> Iterator[Diagnostic]:
    for rule in tree.dialplan:
        for at, gateway in enumerate(rule.from_):
            if gateway not in tree.ids["gateways"]:
                yield from unknown(tree, "gateways", gateway, "dialplan", rule.rule, "from", at)
        for at, gateway in enumerate(rule.via if rule.rule not in tree.ready_made else ()):
            if gateway not in tree.ids["gateways"]:
                yield from unknown(tree, "gateways", gateway, "dialplan", rule.rule, "via", at)
        if rule.when is not None and rule.when not in tree.ids["schedules"]:
            yield from unknown(tree, "schedules", rule.when, "dialplan", rule.rule, "when")
