"""What can be called belongs to one user or hunt group: ids, extensions, aliases and DIDs."""

from collections.abc import Iterator
from typing import NamedTuple

from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.models import HuntGroup, User
from schema.source import Path


class Owner(NamedTuple):
    """Who has a name, by what kind of name, and where that stands."""

    section: str
    id: str
    kind: str
    path: Path


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report numbers and names that lead to two, and users whom nobody can dial."""
    mentions = tree.mentions
    if tree.hunt_groups or len(set(mentions.names)) < len(mentions.names):
        yield from _extensions_and_aliases(tree)
    if tree.hunt_groups or len(set(mentions.dids)) < len(mentions.dids):
        yield from _dids(tree)
    if not mentions.caller_ids.isdisjoint(mentions.dids):
        yield from _caller_ids(tree)
    for id_ in sorted(mentions.unusual & tree.users.keys()):
        user = tree.users[id_]
        if user.extension is None and user.did is None and not _dialable_alias(user.aliases):
            hint = 'add an extension, such as extension: "201"'
            message = f'"{id_}" cannot be called from a key pad: no extension and no DID'
            yield tree.report("PBX1215", message, "users", id_, hint=hint)


def _dialable_alias(aliases: tuple[str, ...]) -> bool:
    return any(alias.isdigit() for alias in aliases)


def _entries(tree: Tree) -> Iterator[tuple[str, str, User | HuntGroup]]:
    """Section, id and entry of all that can be called."""
    yield from (("users", id_, user) for id_, user in tree.users.items())
    yield from (("hunt_groups", id_, group) for id_, group in tree.hunt_groups.items())


def _extensions_and_aliases(tree: Tree) -> Iterator[Diagnostic]:
    owners: dict[str, Owner] = {id_: Owner("users", id_, "id", ()) for id_ in tree.users}
    for section, id_, entry in _entries(tree):
        for name, owner in _names(section, id_, entry):
            first = owners.setdefault(name, owner)
            if first[:2] != owner[:2]:
                yield _clash(tree, name, first, owner)


def _names(section: str, id_: str, entry: User | HuntGroup) -> Iterator[tuple[str, Owner]]:
    if section == "hunt_groups":
        yield id_, Owner(section, id_, "id", ())
    if entry.extension is not None:
        yield entry.extension, Owner(section, id_, "extension", ("extension",))
    for at, alias in enumerate(entry.aliases):
        yield alias, Owner(section, id_, "alias", ("aliases", at))


def _clash(tree: Tree, name: str, first: Owner, second: Owner) -> Diagnostic:
    """Two that have a name, at the first place; the second is the caret's label."""
    section, id_, path, other = first.section, first.id, first.path, second.id
    if first.kind == second.kind == "extension":
        also = tree.also(f"also {other}'s", second.section, other, *second.path)
        message, hint = f'extension "{name}" is used twice', _free_extension(tree, name)
        return tree.report("PBX1203", message, section, id_, *path, hint=hint, related=also)
    also = tree.also(f"{other}'s {second.kind}", second.section, other, *second.path)
    what = "two users" if first.section == second.section == "users" else "two that can be called"
    message = f'"{name}" means {what}: {first.id} by {first.kind}, {other} by {second.kind}'
    hint = "ids, extensions and aliases are all called in the same way; rename one"
    return tree.report("PBX1205", message, section, id_, *path, hint=hint, related=also)


def _free_extension(tree: Tree, taken: str) -> str:
    hint = "extensions are unique in a system"
    if not taken.isdigit():
        return hint
    for number in range(int(taken) + 1, min(int(taken) + 1000, 10 ** len(taken))):
        free = str(number).zfill(len(taken))
        if free not in tree.numbers and free not in tree.ids["users"]:
            return f"{hint}; the next free one after {taken} is {free}"
    return hint


def _dids(tree: Tree) -> Iterator[Diagnostic]:
    owners: dict[str, Owner] = {}
    for section, id_, entry in _entries(tree):
        for at, did in enumerate(entry.dids):
            path: Path = ("did",) if isinstance(entry.did, str) else ("did", at)
            first = owners.setdefault(did, Owner(section, id_, "did", path))
            if first != (section, id_, "did", path):
                also = tree.also(f"also {id_}'s", section, id_, *path)
                hint = "a number from outside leads to one user; forward to ring another one too"
                message, place = f'DID "{did}" is used twice', (first.section, first.id)
                yield tree.report("PBX1204", message, *place, *first.path, hint=hint, related=also)


def _caller_ids(tree: Tree) -> Iterator[Diagnostic]:
    owners = {did: id_ for id_, user in tree.users.items() for did in user.dids}
    for id_, user in tree.users.items():
        owner = owners.get(user.caller_id or "", id_)
        if owner != id_:
            message = f'the caller ID of "{id_}" is the DID of "{owner}"'
            hint = f"those who call back reach {owner}"
            also = tree.also(f"{owner}'s", "users", owner, "did")
            yield tree.report(
                "PBX1219", message, "users", id_, "caller_id", hint=hint, related=also
            )
