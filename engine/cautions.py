"""What a push leads to that is no error: said by the hook where it cannot ask the node.

A node that the hook reaches tells the same after the push, against what really runs. May know:
pushes, trees, limits. May not: refuse anything.
"""

from collections.abc import Callable, Iterable, Mapping

from engine.checking import Checked
from engine.limits import exceeded
from engine.workbench import Workbench
from schema.tree import TreeSource
from sync.errors import RepositoryError
from sync.git import Repository
from sync.verdict import update_of


def cautions(desk: Workbench, lines: Iterable[str], environment: Mapping[str, str]) -> str:
    """The limits that the pushed commit exceeds against the branch as it was; "" for none."""
    try:
        with Repository.open(desk.directory, environment) as repository:
            found = tuple(_exceeded(repository, lines, desk.validate))
    except RepositoryError:
        return ""
    if not found:
        return ""
    said = "; ".join(found)
    return f"The node will not run it by itself: {said}.\nhint: `pbx apply --force` there runs it."


def _exceeded(
    repository: Repository, lines: Iterable[str], validate: Callable[[TreeSource], Checked]
) -> Iterable[str]:
    update = update_of(repository.followed_branch(), lines)
    if update is None or update.creates or update.deletes:
        return ()
    old = validate(repository.tree(update.old)).system
    new = validate(repository.tree(update.new)).system
    return exceeded(old, new) if old is not None and new is not None else ()
