"""Reconcile: one commit after another becomes what runs, or says why it does not.

    candidate ──verify──▶ validate ──▶ compile ──▶ plan ──limits──▶ apply ──health──▶ watch ──▶ good
        │ unverified  │ invalid            │ refused   │ unsafe      │ failed  │ unhealthy
        └──────────── the old revision keeps running, conditions say why ─────────────┘

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
from engine.gates.probation import Probation
from engine.gates.vitals import Vitals
from engine.plan import Origins, Plan, diff
from engine.plan_views import summary
from engine.selftest import Check
from engine.services import ApplyError, Service, apply_all
from engine.store import Outcome, Store
from schema.diagnostics import Diagnostic
from schema.models import System
from schema.models.system import Health
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
    doubt: Callable[[], str | None] | None = None
    """Why nobody vouches for it, blocking; None for what has run before. Asked in its turn: what
    runs by then says whose commits may."""
    insisted: bool = False
    """It was taken back before, and somebody wants it all the same: it is not watched again."""


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


class Observer(Protocol):
    """Is told what becomes of candidates. Must not fail, nor hold anything up."""

    def begun(self, candidate: Candidate) -> None:
        """It is being tried."""

    def reconciled(self, candidate: Candidate, result: Result, seconds: float) -> None:
        """It was tried, which took so long."""

    def found_good(self, candidate: Candidate) -> None:
        """It runs and has shown that it is good, at once or after it was watched."""

    async def moved(self, before: Desired, after: Desired) -> None:
        """Another state has come to run."""

    def crashed(self, error: BaseException) -> None:
        """A defect of ours; the node goes on."""


@dataclass(slots=True)
class Running:
    """What runs now. Empty until the first apply."""

    revision: str | None = None
    desired: Desired | None = None
    origins: Origins | None = None

    @property
    def known(self) -> tuple[str | None, System | None]:
        """Revision and tree."""
        return self.revision, self.desired.system if self.desired is not None else None


@dataclass(frozen=True, slots=True)
class Watched:
    """A revision that runs and does not count as good yet."""

    candidate: Candidate
    plan: Plan
    before: Vitals
    good: Running
    """What the node goes back to."""
    until: float
    """Epoch seconds."""


@dataclass(slots=True)
class Reconciler:
    """Brings a node from revision to revision, one at a time."""

    validate: Validator
    compiler: Compiler
    services: Sequence[Service]
    store: Store
    health: Check
    observer: Observer
    probation: Probation
    conditions: Conditions = field(default_factory=Conditions)
    running: Running = field(default_factory=Running)
    attempted: str | None = None
    watched: Watched | None = None
    _watching: asyncio.Task[None] | None = None
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
            self.observer.begun(candidate)
            attempt, before = await self._noted(candidate), self.running.desired
            result = await self._guarded(candidate, force)
            await self._finish(candidate, attempt, result, start)
            await self._tell_moved(before)
            return result

    async def _tell_moved(self, before: Desired | None) -> None:
        after = self.running.desired
        if before is not None and after is not None and after is not before:
            await self.observer.moved(before, after)

    async def _noted(self, candidate: Candidate) -> int:
        return await asyncio.to_thread(
            self.store.begin, candidate.revision, candidate.subject, candidate.author
        )

    async def _finish(
        self, candidate: Candidate, attempt: int, result: Result, start: float
    ) -> None:
        note = summary(result.plan) if result.plan is not None else ""
        await asyncio.to_thread(self.store.finish, attempt, result.outcome, result.message, note)
        self._conclude(result)
        self._last = result
        self.observer.reconciled(candidate, result, time.perf_counter() - start)
        if result.outcome == "applied" and self.watched is None:
            self.observer.found_good(candidate)

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
            self.observer.crashed(error)
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
        doubt = candidate.doubt() if candidate.doubt is not None else None
        if doubt is not None:
            return Result(candidate.revision, "unverified", doubt)
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
        before = self.running
        vitals = self.probation.look()
        try:
            await apply_all(self.services, desired, before.desired)
        except ApplyError as error:
            return Result(candidate.revision, "failed", str(error), plan)
        self.running = Running(candidate.revision, desired, origins)
        check = await self.health()
        if not check.ok:
            return await self._unhealthy(candidate, before, check.error or "", plan)
        return await self._on_probation(candidate, before, vitals, plan)

    async def _unhealthy(
        self, candidate: Candidate, before: Running, evidence: str, plan: Plan
    ) -> Result:
        """Health is red: run what ran before. With nothing before, the new one stays, not ready."""
        message = f"the health check failed: {evidence}"
        if before.desired is not None:
            await apply_all(self.services, before.desired, self.running.desired)
            self.running = before
            message += f"; back on {short(before.revision)}"
        return Result(candidate.revision, "unhealthy", message, plan)

    # Probation

    async def _on_probation(
        self, candidate: Candidate, before: Running, vitals: Vitals, plan: Plan
    ) -> Result:
        """Watch what runs now where the tree that ran before asks for it; else it is good."""
        earlier = self.watched
        good, vitals = (earlier.good, earlier.before) if earlier else (before, vitals)
        policy = good.desired.system.system.health if good.desired is not None else None
        self._end_watch()
        wanted = not candidate.insisted and policy and self.probation.needed(vitals, policy)
        if policy is None or policy.watch is None or not wanted:
            message = await _keep(candidate, summary(plan))
            return Result(candidate.revision, "applied", message, plan)
        self.watched = Watched(candidate, plan, vitals, good, time.time() + policy.watch)
        self._watching = asyncio.create_task(self._watch(self.watched, policy), name="watch")
        message = f"{summary(plan)}; watched for {policy.watch:.0f} s"
        return Result(candidate.revision, "applied", message, plan)

    def _end_watch(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        self.watched = self._watching = None

    async def _watch(self, watched: Watched, policy: Health) -> None:
        desired = self.running.desired
        if desired is None:
            return
        evidence = await self.probation.watch(watched.before, desired.system, policy)
        async with self._turn:
            if self.watched is not watched:
                return
            self.watched = self._watching = None
            try:
                await self._judge(watched, evidence)
            except Exception as error:
                self.observer.crashed(error)

    async def _judge(self, watched: Watched, evidence: str | None) -> None:
        """The watch is over: what runs is good, or what was good runs again."""
        candidate = watched.candidate
        if evidence is None:
            await _keep(candidate, "")
            self._say_it_runs(candidate.revision)
            self.observer.found_good(candidate)
            return
        start, before = time.perf_counter(), self.running.desired
        attempt = await self._noted(candidate)
        try:
            result = await self._unhealthy(candidate, watched.good, evidence, watched.plan)
        except ApplyError as error:
            result = Result(candidate.revision, "unhealthy", f"{evidence}; {error}", watched.plan)
        await self._finish(candidate, attempt, result, start)
        await self._tell_moved(before)

    async def stop(self) -> None:
        """End the watch. What was watched is tried again by the next start."""
        watching = self._watching
        self._end_watch()
        if watching is not None:
            await asyncio.gather(watching, return_exceptions=True)

    def _begin(self, candidate: Candidate) -> None:
        self.conditions.set(
            "Reconciling", True, "Progressing", f"working on {short(candidate.revision)}"
        )

    def _conclude(self, result: Result) -> None:
        name = short(result.revision)
        self.conditions.set("Reconciling", False, "Idle", f"{name}: {result.outcome}")
        if result.outcome == "applied":
            self._say_it_runs(result.revision)
            return
        self.conditions.set("Stalled", True, REASONS[result.outcome], f"{name}: {result.message}")
        if self.running.revision is None:
            self.conditions.set("Ready", False, "NothingRuns", "no revision has been applied yet")
        elif self.running.revision == result.revision:
            self.conditions.set("Ready", False, "Unhealthy", result.message)

    def _say_it_runs(self, revision: str) -> None:
        reason, said = "Applied", f"{short(revision)} runs"
        if self.watched is not None:
            until = time.strftime("%H:%M:%S", time.localtime(self.watched.until))
            reason, said = "Watched", f"{said}; watched until {until}"
        self.conditions.set("Ready", True, reason, said)
        self.conditions.set("Stalled", False, reason, said)


REASONS: dict[Outcome, str] = {
    "unverified": "Unverified",
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
