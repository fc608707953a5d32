"""`pbx apply` and `pbx rollback`: make the commit, then have the node run it and wait."""

from typing import Any

from engine.client import NodeClient
from engine.control import ControlError, NodeUnreachableError
from engine.plan import Plan
from engine.plan_views import summary
from engine.suspension import refuse_suspended
from engine.trust import remembered
from engine.workbench import UsageError, Workbench
from schema.models.verify import Verify
from sync.commits import commit_worktree, is_dirty, roll_back, try_signing
from sync.errors import RepositoryError


def submit(desk: Workbench, plan: Plan, message: str | None, *, force: bool) -> str:
    """Commit saved changes, if there are any, and run the newest commit; what became of it.

    Raises CommitRefused, ControlError, and NodeUnreachableError when nothing runs here.
    """
    if not force:
        refuse_suspended(desk.state)
    if not desk.bare and is_dirty(desk.repository):
        try_signing(desk.repository, _policy(desk))
        commit_worktree(desk.repository, message or f"Apply: {summary(plan)}")
    return _run_newest(desk, force=force)


def submit_rollback(desk: Workbench, revision: str | None, *, force: bool) -> str:
    """Commit the tree of `revision` (by default what ran before) again and run it.

    Raises UsageError when nothing ran before, CommitRefused, ControlError.
    """
    if not force:
        refuse_suspended(desk.state)
    repository = desk.repository
    target = revision or _before_this(desk)
    branch = repository.followed_branch()
    roll_back(repository, target, branch=branch, verify=_policy(desk))
    return _run_newest(desk, force=force)


def _policy(desk: Workbench) -> Verify | None:
    """Whose commits run after what ran last."""
    ran = remembered(desk.state)
    return ran.verify if ran is not None else None


def _before_this(desk: Workbench) -> str:
    """The commit that was applied before the one that is newest now."""
    head = desk.repository.head(desk.repository.followed_branch())
    for attempt in NodeClient(desk.state).history(200):
        if attempt["outcome"] == "applied" and attempt["revision"] != head:
            found: str = attempt["revision"]
            try:
                return desk.repository.resolve(found)
            except RepositoryError:
                continue  # saved files, or a commit that was pruned
    raise UsageError("nothing else ran before: name the commit to go back to")


def _run_newest(desk: Workbench, *, force: bool) -> str:
    try:
        answer: dict[str, Any] = NodeClient(desk.state).ask("/reconcile", force=force)
    except NodeUnreachableError as error:
        raise NodeUnreachableError(
            f"{error}; the commit is made and runs when the node starts"
        ) from error
    head = desk.repository.head(desk.repository.followed_branch())
    if answer["revision"] != head:
        raise ControlError(
            f"{head[:10]} is committed here, but the node follows another place "
            f"(it stands at {answer['revision'][:10]}): push it there"
        )
    if answer["outcome"] != "applied":
        raise ControlError(f"{answer['revision'][:10]} does not run: {answer['message']}")
    return f"{answer['revision'][:10]} runs: {answer['message']}"
