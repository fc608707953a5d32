"""What Git's hooks call: the verdicts of sync, with all checks and the running node put in."""

import sys
from collections.abc import Iterable
from pathlib import Path

from engine.checking import validate_tree
from engine.client import NodeClient
from engine.control import ControlError, NodeUnreachableError
from engine.workbench import Workbench
from sync import verdict
from sync.git import Repository
from sync.verdict import Verdict

PATIENCE = 10.0
"""Seconds that a pusher waits for the node to run what was pushed."""


def pre_receive(directory: Path, lines: Iterable[str]) -> int:
    """Judge a push; the hook's exit code."""
    desk = Workbench.at(directory)
    with Repository.open(directory) as repository:
        return _say(
            verdict.pre_receive(lines, repository, lambda tree: validate_tree(tree, desk.families))
        )


def post_receive(directory: Path, lines: Iterable[str]) -> int:
    """Have the node run what was pushed and tell the pusher; the hook's exit code."""
    desk = Workbench.at(directory)
    with Repository.open(directory) as repository:
        return _say(verdict.post_receive(lines, repository, lambda commit: _nudge(desk, commit)))


def pre_commit(directory: Path) -> int:
    """Judge what is staged; the hook's exit code."""
    desk = Workbench.at(directory)
    with Repository.open(directory) as repository:
        return _say(verdict.pre_commit(repository, lambda tree: validate_tree(tree, desk.families)))


def _nudge(desk: Workbench, commit: str) -> str | None:
    """What the node says of the newest commit; None when there is no node."""
    try:
        answer = NodeClient(desk.state).ask("/reconcile", timeout=PATIENCE)
    except NodeUnreachableError:
        return None
    except ControlError as error:
        return f"the node says: {error}"
    if answer["outcome"] != "applied":
        return f"but it does not run: {answer['message']}"
    return f"it runs ({answer['message']})" if answer["revision"] == commit else ""


def _say(found: Verdict) -> int:
    if found.text:
        print(found.text, file=sys.stderr)
    return found.code
