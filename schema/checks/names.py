"""Everything that can be called belongs to one user: ids, extensions, aliases and DIDs."""

from collections.abc import Iterator

from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.source import Path


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report numbers and names that lead to two users, and users whom nobody can dial."""
    mentions = tree.mentions
    if len(set(mentions.names)) < len(mentions.names):
        yield from _extensions_and_aliases(tree)
    if len(set(mentions.dids)) < len(mentions.dids):
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


def _extensions_and_aliases(tree: Tree) -> Iterator[Diagnostic]:
    owners: dict[str, tuple[str, str, Path]] = {id_: (id_, "id", ()) for id_ in tree.users}
    for id_, user in tree.users.items():
        if user.extension is not None:
            first = owners.setdefault(user.extension, (id_, "extension", ("extension",)))
            if first[0] != id_:
                yield _clash(tree, user.extension, first, (id_, "extension", ("extension",)))
        for at, alias in enumerate(user.aliases):
            first = owners.setdefault(alias, (id_, "alias", ("aliases", at)))
            if first[0] != id_:
                yield _clash(tree, alias, first, (id_, "alias", ("aliases", at)))


def _clash(
    tree: Tree, name: str, first: tuple[str, str, Path], second: tuple[str, str, Path]
) -> Diagnostic:
    """Two users, at the first place; the second is the caret's label."""
    (one, kind, path), (other, other_kind, other_path) = first, second
    if kind == other_kind == "extension":
        also = tree.also(f"also {other}'s", "users", other, *other_path)
        message, hint = f'extension "{name}" is used twice', _free_extension(tree, name)
        return tree.report("PBX1203", message, "users", one, *path, hint=hint, related=also)
    also = tree.also(f"{other}'s {other_kind}", "users", other, *other_path)
    message = f'"{name}" means two users: {one} by {kind}, {other} by {other_kind}'
    hint = "ids, extensions and aliases are all called in the same way; rename one"
    return tree.report("PBX1205", message, "users", one, *path, hint=hint, related=also)


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
    owners: dict[str, tuple[str, Path]] = {}
    for id_, user in tree.users.items():
        for at, did in enumerate(user.dids):
            path: Path = ("did",) if isinstance(user.did, str) else ("did", at)
            one, first = owners.setdefault(did, (id_, path))
            if (one, first) != (id_, path):
                also = tree.also(f"also {id_}'s", "users", id_, *path)
                hint = "a number from outside leads to one user; forward to ring another one too"
                message = f'DID "{did}" is used twice'
                yield tree.report("PBX1204", message, "users", one, *first, hint=hint, related=also)


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
