"""How far each node is, told through Git: refs beside the branches say which commit runs where.

    refs/dialtree/nodes/<node>/applied   what the node runs
    refs/dialtree/nodes/<node>/healthy   the newest commit that it ran and that showed itself good
    refs/dialtree/nodes/<node>/bad       the newest commit that it ran and went back from

Nodes share no database, and all of them reach the repository: so this needs nothing else to be up.
Whoever may push to the repository may move these refs; so may they push a commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sync.errors import GitFailed, UnknownRevision
from sync.git import FULL_ID, Repository

Word = Literal["applied", "healthy", "bad"]

NODES: Final = "refs/dialtree/nodes/"
REFSPEC: Final = f"+{NODES}*:{NODES}*"
"""For fetching all of them, those that moved back included."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one node; full commit ids, None where nothing is known."""

    applied: str | None = None
    healthy: str | None = None
    bad: str | None = None


def ref_of(node: str, word: Word) -> str:
    """The full name of a ref. Node names have only characters that Git takes, but for two dots."""
    return f"{NODES}{node.replace('..', '._')}/{word}"


def standings(repository: Repository) -> Mapping[str, Standing]:
    """Every node that has said something, by its name."""
    output = repository.git.line("for-each-ref", "--format=%(objectname) %(refname)", NODES)
    found: dict[str, dict[str, str]] = {}
    for line in output.splitlines():
        commit, _, ref = line.partition(" ")
        node, _, word = ref.removeprefix(NODES).rpartition("/")
        if word in ("applied", "healthy", "bad"):
            found.setdefault(node, {})[word] = commit
    return {node: Standing(**words) for node, words in found.items()}


def state(repository: Repository, node: str, word: Word, commit: str) -> None:
    """Say it in this repository. Raises UnknownRevision for what is no commit here."""
    if not FULL_ID.fullmatch(commit):
        raise UnknownRevision(commit)
    try:
        repository.git.run("update-ref", ref_of(node, word), commit)
    except GitFailed:
        raise UnknownRevision(commit) from None
