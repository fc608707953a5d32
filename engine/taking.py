"""Taking revisions: which of those that appear are run, when, and what whoever asks is told.

    follower ──▶ runs already? suspended? bad before? ──▶ the canary's word ──▶ reconciler

May know: where revisions come from, who may hold them up. May not: what running them means.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from engine.control import ControlError
from engine.gates.canary import Hold
from engine.gates.waiting import CanaryGate
from engine.log import Log
from engine.reconcile import Candidate, Reconciler, Result
from engine.store import Store
from engine.suspension import Suspender
from engine.trust import Trust
from schema.tree import TreeSource
from sync.errors import RepositoryError, SnapshotDamaged
from sync.follow import Follower
from sync.origins import Revision
from sync.snapshot import LastGood


class Taker:
    """Brings revisions to the reconciler."""

    def __init__(
        self,
        follower: Follower,
        reconciler: Reconciler,
        store: Store,
        trust: Trust,
        last_good: LastGood,
        canary: CanaryGate,
        log: Log,
    ) -> None:
        self._follower = follower
        self._reconciler = reconciler
        self._store = store
        self._trust = trust
        self._last_good = last_good
        self._canary = canary
        self._log = log
        self.suspender = Suspender(store, reconciler.conditions, log.write, self._resumed)

    @property
    def _nothing_runs(self) -> bool:
        return self._reconciler.running.desired is None

    async def start_from_last_good(self) -> None:
        """Phones need not wait for Git, and a bad newest commit does not keep the node down."""
        try:
            kept = await asyncio.to_thread(self._last_good.load)
        except SnapshotDamaged as error:
            self._log.trouble(error)
            return
        if kept is not None:
            await self._reconciler.reconcile(
                Candidate(kept.revision, "Start with the last good tree", "", kept.source),
                force=True,
            )

    async def follow(self, on_taken: Callable[[], None]) -> None:
        """Take each new commit in turn; returns only when nothing runs and nothing can."""
        async with self._follower:
            async for revision in self._follower:
                result = await self.take(revision)
                if result is not None and result.outcome == "failed" and self._nothing_runs:
                    return
                on_taken()

    async def take(self, revision: Revision) -> Result | None:
        """Reconcile a new revision, unless it runs already, has to wait, or proved bad before."""
        self._canary.stop_waiting()
        if revision.name == self._reconciler.running.revision or self.suspender.current:
            return None
        if await self._proved_bad(revision):
            self._log.skipped(revision.name)
            return None
        held = await self._canary.holds(revision)
        if held is not None:
            self._hold(revision, held)
            return None
        return await self._run(revision, force=False)

    async def _proved_bad(self, revision: Revision) -> bool:
        """Whether it ran and was taken back. With nothing to go back to, it may be tried again."""
        outcome = await asyncio.to_thread(self._store.last_outcome, revision.name)
        return outcome == "unhealthy" and not self._nothing_runs

    def _hold(self, revision: Revision, held: Hold) -> None:
        self._log.write("config", f"{revision.name[:10]} does not run yet: {held.message}")
        self._canary.state(revision, held)
        self._canary.wait(revision, self.take)

    async def _run(self, revision: Revision, *, force: bool) -> Result:
        try:
            candidate = await asyncio.to_thread(self._candidate, revision)
        except RepositoryError as error:  # gone again since it was seen
            self._log.trouble(error)
            return Result(revision.name, "failed", str(error))
        if force and await self._proved_bad(revision):
            candidate = replace(candidate, insisted=True)
        return await self._reconciler.reconcile(candidate, force=force)

    def _candidate(self, revision: Revision) -> Candidate:
        """A revision with its files and with who wrote it. Blocks; raises RepositoryError."""
        source = self._follower.origin.source(revision)
        doubt = partial(self._trust.doubt, self._follower.origin, revision)
        if revision.saved is not None:
            return Candidate(revision.name, "saved files", "", source, doubt=doubt)
        info = self._follower.origin.commit_info(revision)
        keep = partial(self._keep, source, revision.name)
        return Candidate(revision.name, info.subject, info.author, source, keep, doubt)

    def _keep(self, source: TreeSource, revision: str) -> None:
        """Make what runs the last good tree. Blocks; raises OSError, SourceError."""
        self._trust.remember()
        self._last_good.save(source, revision)

    async def stop(self) -> None:
        """Take nothing more."""
        self._canary.stop_waiting()

    # Asked for

    async def reconcile(self, question: Mapping[str, Any]) -> dict[str, str]:
        """Look at the repository now and run what stands there, as `pbx apply` asks."""
        revision = await self._look()
        force = bool(question.get("force"))
        if not force and revision.name != self._reconciler.running.revision:
            if self.suspender.current is not None:
                return self.suspender.answer(revision.name)
            held = await self._canary.holds(revision)
            if held is not None:
                self._hold(revision, held)
                return _held(revision, held)
            if await self._proved_bad(revision):
                return _bad(revision)
        self._canary.stop_waiting()
        return answer_of(await self._run(revision, force=force))

    async def _resumed(self) -> Mapping[str, str]:
        """Take the newest commit, unless it has to wait or has proved bad before."""
        revision = await self._look()
        result = await self.take(revision)
        if result is not None:
            return answer_of(result)
        held = await self._canary.holds(revision)
        if held is not None:
            return _held(revision, held)
        runs = revision.name == self._reconciler.running.revision
        if not runs:
            return _bad(revision)
        return {"revision": revision.name, "outcome": "applied", "message": "as before"}

    async def _look(self) -> Revision:
        """What stands in the repository now. Raises ControlError."""
        try:
            return await asyncio.to_thread(self._follower.origin.look, self._follower.current)
        except RepositoryError as error:
            raise ControlError(str(error)) from error


def _held(revision: Revision, held: Hold) -> dict[str, str]:
    then = "`pbx apply --force` runs it all the same"
    return {
        "revision": revision.name, "outcome": "held", "message": f"{held.message}; {then}"
    }  # fmt: skip


def _bad(revision: Revision) -> dict[str, str]:
    message = "it was taken back before; `pbx apply --force` runs it all the same"
    return {"revision": revision.name, "outcome": "unhealthy", "message": message}


def answer_of(result: Result) -> dict[str, str]:
    """What whoever asked for a reconciliation is told."""
    return {"revision": result.revision, "outcome": result.outcome, "message": result.message}
