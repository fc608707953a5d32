"""What Git's hooks call. A running node answers at once, for it has the tree in memory; without
one the same verdicts are reached here, which takes as long as loading everything does.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.client import NodeClient
from engine.control import ControlError
from engine.state import StateDirectory

if TYPE_CHECKING:
    from engine.testing import Validate
    from sync.verdict import Doubt, Nudge

PATIENCE = 90.0
"""Seconds for the node to answer; its validation is bounded more tightly than that."""

FROM_GIT = (
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_INDEX_FILE",
)
"""What git tells a hook and the node has to know: where the pushed objects wait
(git-receive-pack(1), "QUARANTINE ENVIRONMENT"), which index is being committed (githooks(5))."""


HOOKS = ("pre-receive", "post-receive", "pre-commit")


def run_hook(name: str, directory: Path, lines: Iterable[str]) -> int:
    """Answer git: the hook's exit code, with the text for its user on standard error."""
    given = list(lines)
    code, text = _asked(name, directory, given) or _decided_here(name, directory, given)
    if text:
        print(text, file=sys.stderr)
    return code


def _asked(name: str, directory: Path, lines: list[str]) -> tuple[int, str] | None:
    """The running node's verdict; None when there is no node, or it could not reach one."""
    try:
        answer = NodeClient.at(directory, None).ask(
            f"/{name}", timeout=PATIENCE, lines=lines, environment=_from_git()
        )
    except ControlError:
        return None
    return answer["code"], answer["text"]


def _from_git() -> dict[str, str]:
    found = {name: os.environ[name] for name in FROM_GIT if name in os.environ}
    if "GIT_INDEX_FILE" in found:
        found["GIT_INDEX_FILE"] = str(Path(found["GIT_INDEX_FILE"]).absolute())
    return found


def _decided_here(name: str, directory: Path, lines: list[str]) -> tuple[int, str]:
    from engine.cautions import cautions
    from engine.trust import doubt_without_node
    from engine.workbench import Workbench

    desk = Workbench.at(directory)
    code, text = decide(
        name, directory, lines, _from_git(), desk.validate,
        doubt_without_node(desk.state, desk.validate),
        lambda commit: _out_of_reach(desk.state),
    )  # fmt: skip
    more = cautions(desk, lines, _from_git()) if name == "pre-receive" and code == 0 else ""
    return code, "\n".join(part for part in (text, more) if part)


def _out_of_reach(state: StateDirectory) -> str | None:
    """None when no node runs; "" when one may, as another user: it sees the push by itself."""
    try:
        return "" if state.control_socket.exists() else None
    except PermissionError:
        return ""


def decide(
    name: str,
    directory: Path,
    lines: list[str],
    environment: Mapping[str, str],
    validate: "Validate",
    doubt: "Doubt",
    nudge: "Nudge",
) -> tuple[int, str]:
    """The verdict of a hook: exit code and text. Raises RepositoryError. Blocks."""
    from engine.testing import tested
    from sync import verdict
    from sync.git import Repository

    told = {variable: environment[variable] for variable in FROM_GIT if variable in environment}
    with Repository.open(directory, told) as repository:
        if name == "pre-receive":
            return verdict.pre_receive(lines, repository, validate, doubt)
        if name == "post-receive":
            return verdict.post_receive(lines, repository, nudge)
        return verdict.pre_commit(repository, tested(validate))
