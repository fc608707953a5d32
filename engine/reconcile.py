"""Reconcile: one commit after another becomes what runs, or says why it does not.

    candidate ──validate──▶ compile ──▶ plan ──limits──▶ apply ──health──▶ last good
        │ invalid               │ refused   │ unsafe      │ failed  │ unhealthy
        └────────────── the old revision keeps running, conditions say why ──────┘

The last good tree on disk moves only at the very end, so that a crash anywhere before leaves
the node starting with what ran last. Nothing here knows what the services are.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.checking import Checked
from engine.conditions import Conditions
from engine.desired import Compiler, Desired
from engine.plan import Origins, Plan, diff
from engine.plan_views import summary
from engine.selftest import Check
from engine.services import ApplyError, Service, apply_all
from engine.store import Outcome, Store
from schema.diagnostics import Diagnostic
from schema.tree import SourceError, TreeSource


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tree that wants to run."""

    revision: str
    subject: str
    author: str
    source: TreeSource
    keep: Callable[[], None] | None = None
    """Makes it the last good tree, blocking; None for what is that already, or is no commit."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a candidate fared."""

    revision: str
    outcome: Outcome
    message: str
    plan: Plan | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


class Validator(Protocol):
    """All checks of a tree, those of the device families included."""

    def __call__(self, source: TreeSource) -> Checked: ...


@dataclass(slots=True)
class Running:
    """What runs now. Empty until the first apply."""

    revision: str | None = None
    desired: Desired | None = None
    origins: Origins | None = None


@dataclass(slots=True)
class Reconciler:
    """Brings a node from revision to revision, one at a time."""

    validate: Validator
    compiler: Compiler
    services: Sequence[Service]
    store: Store
    health: Check
    report: Callable[[Result, float], None]
    """Told of each result, with the seconds it took."""
    crashed: Callable[[BaseException], None]
    """Told of defects of ours; the node goes on."""
    conditions: Conditions = field(default_factory=Conditions)
    running: Running = field(default_factory=Running)
    attempted: str | None = None
    _last: Result | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def reconcile(self, candidate: Candidate, *, force: bool = False) -> Result:
        """Try to run `candidate`; always returns, whatever is wrong with it.

        What runs already is not tried again: follower and `pbx apply` may ask for it both.
        """
        async with self._turn:
            if self._last is not None and self._runs(candidate):
                return self._last
            start = time.perf_counter()
            self.attempted = candidate.revision
            self._begin(candidate)
            attempt = await asyncio.to_thread(
                self.store.begin, candidate.revision, candidate.subject, candidate.author
            )
            result = await self._guarded(candidate, force)
            note = summary(result.plan) if result.plan is not None else ""
            await asyncio.to_thread(
                self.store.finish, attempt, result.outcome, result.message, note
            )
            self._conclude(result)
            self._last = result
            self.report(result, time.perf_counter() - start)
            return result

    def _runs(self, candidate: Candidate) -> bool:
        """Whether the last attempt was this very commit, and it runs."""
        last = self._last
        return (
            last is not None
            and last.outcome == "applied"
            and last.revision == candidate.revision == self.running.revision
        )

    async def _guarded(self, candidate: Candidate, force: bool) -> Result:
        """No candidate may end the node: what runs is worth more than knowing why it crashed."""
        try:
            return await self._attempt(candidate, force)
        except SourceError as error:
            return Result(candidate.revision, "failed", str(error))
        except Exception as error:
            self.crashed(error)
            message = f"internal error ({type(error).__name__}: {error})"
            return Result(candidate.revision, "failed", message)

    async def _attempt(self, candidate: Candidate, force: bool) -> Result:
        considered = await asyncio.to_thread(self._consider, candidate, force)
        if isinstance(considered, Result):
            return considered
        return await self._apply(candidate, *considered)

    def _consider(
        self, candidate: Candidate, force: bool
    ) -> Result | tuple[Desired, Origins, Plan]:
        """Everything before the first step that changes something. Blocks; runs in a thread."""
        validation = self.validate(candidate.source)
        if validation.system is None:
            return _invalid(candidate, validation)
        desired = self.compiler.compile(validation.system, validation.origins, validation.families)
        plan = diff(
            self.running.desired,
            desired,
            old_origins=self.running.origins,
            new_origins=validation.origins,
        )
        return _objection(candidate, plan, force) or (desired, validation.origins, plan)

    async def _apply(
        self, candidate: Candidate, desired: Desired, origins: Origins, plan: Plan
    ) -> Result:
        before = Running(self.running.revision, self.running.desired, self.running.origins)
        try:
            await apply_all(self.services, desired, before.desired)
        except ApplyError as error:
            return Result(candidate.revision, "failed", str(error), plan)
        self.running = Running(candidate.revision, desired, origins)
        check = await self.health()
        if not check.ok:
            return await self._go_back(candidate, before, check.error or "", plan)
        return Result(candidate.revision, "applied", await _keep(candidate, summary(plan)), plan)

    async def _go_back(
        self, candidate: Candidate, before: Running, evidence: str, plan: Plan
    ) -> Result:
        """Health is red: run what ran before. With nothing before, the new one stays, not ready."""
        message = f"the health check failed: {evidence}"
        if before.desired is not None:
            await apply_all(self.services, before.desired, self.running.desired)
            self.running = before
            message += f"; back on {short(before.revision)}"
        return Result(candidate.revision, "unhealthy", message, plan)

    def _begin(self, candidate: Candidate) -> None:
        self.conditions.set(
            "Reconciling", True, "Progressing", f"working on {short(candidate.revision)}"
        )

    def _conclude(self, result: Result) -> None:
        name = short(result.revision)
        self.conditions.set("Reconciling", False, "Idle", f"{name}: {result.outcome}")
        if result.outcome == "applied":
            self.conditions.set("Ready", True, "Applied", f"{name} runs")
            self.conditions.set("Stalled", False, "Applied", f"{name} runs")
            return
        self.conditions.set("Stalled", True, REASONS[result.outcome], f"{name}: {result.message}")
        if self.running.revision is None:
            self.conditions.set("Ready", False, "NothingRuns", "no revision has been applied yet")
        elif self.running.revision == result.revision:
            self.conditions.set("Ready", False, "Unhealthy", result.message)


REASONS: dict[Outcome, str] = {
    "invalid": "ValidationFailed",
    "unsafe": "SafetyLimit",
    "refused": "Refused",
    "failed": "ApplyFailed",
    "unhealthy": "HealthCheckFailed",
}


def short(revision: str | None) -> str:
    """A commit id as people read it."""
    return revision[:10] if revision else "nothing"


async def _keep(candidate: Candidate, message: str) -> str:
    """Make the candidate the last good tree. It runs even where the disk does not take it."""
    if candidate.keep is None:
        return message
    try:
        await asyncio.to_thread(candidate.keep)
    except (OSError, SourceError) as error:
        return f"{message}; it could not be kept for the next start: {error}"
    return message


def _invalid(candidate: Candidate, validation: Checked) -> Result:
    errors = [d for d in validation.diagnostics if d.severity == "error"]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    message = f"{first.place}: {first.message} [{first.code}]{more}"
    return Result(candidate.revision, "invalid", message, None, validation.diagnostics)


def _objection(candidate: Candidate, plan: Plan, force: bool) -> Result | None:
    if plan.refused:
        return Result(candidate.revision, "refused", "; ".join(plan.refused), plan)
    if plan.unsafe and not force:
        message = "; ".join(plan.unsafe) + "; `pbx apply --force` runs it all the same"
        return Result(candidate.revision, "unsafe", message, plan)
    return None
