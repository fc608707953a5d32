"""What is imported: where its records come from and by which policy, for any kind of source.

May know: the tree, secrets, sources. May not: what becomes of the records.
"""

from collections.abc import Callable
from dataclasses import dataclass

from engine.checking import ValidTree
from engine.importing.policy import policy_of
from engine.secrets import SecretReader
from engine.workbench import UsageError
from schema.suggest import did_you_mean
from sync.importing import Batch, Policy


@dataclass(frozen=True)
class Task:
    """One import. `source` names it in subjects: "corp", "people.csv".

    `read` asks the source, for the tree that it is to change; it blocks, and raises
    SourceUnavailable and whatever is told to users. `policy` is that of an ordinary run.
    """

    importer: str
    source: str
    read: Callable[[ValidTree], Batch]
    policy: Callable[[ValidTree], Policy]


def directory_task(name: str, secrets: SecretReader) -> Task:
    """The import of a directory of the tree, as the tree describes it when it runs."""

    def read(tree: ValidTree) -> Batch:
        from engine.directories import directory_source  # brings ldap3 along

        return directory_source(tree.system, require(tree, name), secrets).read()

    def policy(tree: ValidTree) -> Policy:
        return policy_of(tree.system.directories[require(tree, name)])

    return Task(f"ldap/{name}", name, read, policy)


def require(tree: ValidTree, name: str) -> str:
    """The id of a directory. Raises UsageError where there is none."""
    known = tree.system.directories
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(f'there is no directory "{name}"' + (f": {hint}" if hint else ""))
    return name
