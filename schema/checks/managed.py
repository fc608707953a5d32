"""Entries that an import keeps: the directory that it reads has to be there."""

from collections.abc import Iterator

from schema.assembly import Tree
from schema.diagnostics import Diagnostic
from schema.suggest import did_you_mean

_LDAP = "ldap/"


def check(tree: Tree) -> Iterator[Diagnostic]:
    """Report `managed_by` that names no directory: nobody keeps these entries up to date."""
    known = {f"{_LDAP}{id_}" for id_ in tree.ids["directories"]}
    told: set[str] = set()
    for section in ("users", "phones", "groups"):
        for id_, entry in getattr(tree, section).items():
            importer = entry.managed_by
            if importer is None or importer in known or importer in told:
                continue
            if importer.startswith(_LDAP):
                told.add(importer)  # one entry stands for all
                yield _unknown(tree, section, id_, importer.removeprefix(_LDAP))


def _unknown(tree: Tree, section: str, id_: str, name: str) -> Diagnostic:
    hint = did_you_mean(name, tree.ids["directories"]) or "remove it, and the entry is yours"
    message = f'{section}/{id_} is kept by the directory "{name}", and there is none'
    return tree.report("PBX1840", message, section, id_, "managed_by", hint=hint)
