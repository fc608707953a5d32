"""The canary: with several nodes, one runs a commit first, and the others wait for its word."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sync.standings import Standing


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a commit does not run here yet, or not at all."""

    kind: Literal["waiting", "bad"]
    message: str


def hold(
    canary: str | None,
    node: str,
    commit: str,
    standing: Standing | None,
    is_ancestor: Callable[[str, str], bool],
) -> Hold | None:
    """Whether `node` has to wait with `commit`; None: it may run.

    `canary` is the node that goes first, as the tree that runs says; `standing` what it said of
    itself. Raises RepositoryError where `is_ancestor` does.
    """
    if canary is None or canary == node:
        return None
    said = standing or Standing()
    if said.healthy is not None and (said.healthy == commit or is_ancestor(commit, said.healthy)):
        return None
    if said.bad == commit:
        return Hold("bad", f"{canary} ran it and went back to what ran before")
    if said.applied == commit:
        return Hold("waiting", f"{canary} runs it and watches whether it is good")
    return Hold("waiting", f"{canary} goes first, and has not run it yet")
