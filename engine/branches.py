"""Commits that commands make: the branch they go to, and the node that is told of them.

May know: repositories, the control API, whose commits run. May not: what a commit changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from engine.client import NodeClient
from engine.control import ControlError, NodeUnreachableError
from engine.state import StateDirectory
from engine.trust import remembered
from engine.workbench import Workbench
from sync.remote import Clone
from sync.writeback import LocalTarget, RemoteTarget, Written
from sync.writeback.targets import nobody_doubts


@contextmanager
def branch_to_write(
    desk: Workbench, remote: str | None, branch: str | None = None
) -> Iterator[LocalTarget | RemoteTarget]:
    """A branch here or at a Git URL, by default the followed one. Raises RepositoryError.

    Where what ran last says whose commits may run, its newest commit has to be one of those: what
    is written there is built on it, and may be signed in the node's name.
    """
    ran = remembered(desk.state)
    doubt = ran.doubt if ran is not None else nobody_doubts
    if remote is None:
        with desk.repository as repository:
            yield LocalTarget(repository, branch, doubt)
        return
    desk.state.create()
    clone = Clone(desk.state.written_back, remote)
    try:
        yield RemoteTarget(clone, branch, doubt)
    finally:
        clone.close()


def tell_node(state: StateDirectory, written: Written, *, force: bool = False) -> str:
    """Nudge the node; what it made of the commit, in a sentence."""
    try:
        answer = NodeClient(state).ask("/reconcile", force=force)
    except NodeUnreachableError:
        return "no node runs here: it holds once one runs this commit"
    except ControlError as error:
        return f"the node does not run it: {error}"
    stands = str(answer["revision"])
    commit = str(written.commit)
    if stands != commit and not stands.startswith(f"{commit[:7]}+saved"):
        return f"the node follows another place (it stands at {stands[:10]}): push the commit there"
    if answer["outcome"] != "applied":
        return f"the node does not run it: {answer['message']}"
    return f"the node runs it: {answer['message']}"
