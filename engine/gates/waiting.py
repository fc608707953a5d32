"""Waiting for the canary: whether a commit may run here yet, and looking again until it may.

May know: where revisions come from, the tree that runs. May not: how commits are run.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from engine.conditions import Conditions
from engine.gates.canary import Hold, hold
from schema.models import System
from sync.errors import RepositoryError
from sync.git import FULL_ID
from sync.origins import Origin, Revision

LOOK: Final = 2.0
"""Seconds between two looks at what the canary said. What it says is fetched with its branch."""


class CanaryGate:
    """All methods belong to the event loop's thread."""

    def __init__(
        self,
        origin: Callable[[], Origin],
        running: Callable[[], System | None],
        name: Callable[[System], str],
        conditions: Conditions,
        on_hold: Callable[[str, str], None],
        interval: float = LOOK,
    ) -> None:
        """`on_hold` is told of a commit that has to wait, or may not run at all, and why."""
        self._origin = origin
        self._running = running
        self._name = name
        self._conditions = conditions
        self._on_hold = on_hold
        self._interval = interval
        self._task: asyncio.Task[None] | None = None

    async def holds(self, revision: Revision) -> Hold | None:
        """Why a revision may not run here now. Where nothing runs yet, anything may."""
        system = self._running()
        commit = revision.commit
        if system is None or system.system.canary is None or revision.saved or commit is None:
            return None
        return await asyncio.to_thread(self._ask, system, commit)

    def _ask(self, system: System, commit: str) -> Hold | None:
        canary = str(system.system.canary)
        origin = self._origin()
        try:
            standing = origin.standings().get(canary)
            kin = origin.repository().is_ancestor
            return hold(canary, self._name(system), commit, standing, kin)
        except RepositoryError as error:
            return Hold("waiting", f"what {canary} says cannot be read: {error}")

    def state(self, revision: Revision, held: Hold) -> None:
        """Say in the status why a revision does not run."""
        said = f"{revision.name[:10]}: {held.message}"
        if held.kind == "bad":
            self._conditions.set("Stalled", True, "CanaryWentBack", said)
            self._conditions.set("Reconciling", False, "Idle", said)
        else:
            self._conditions.set("Reconciling", True, "WaitingForCanary", said)
        if FULL_ID.fullmatch(revision.name):
            self._on_hold(revision.name, held.message)

    def wait(self, revision: Revision, take: Callable[[Revision], Awaitable[object]]) -> None:
        """Look until a held revision may run, then take it. Another one ends the wait."""
        self.stop_waiting()
        self._task = asyncio.create_task(self._wait(revision, take), name="wait for the canary")

    async def _wait(
        self, revision: Revision, take: Callable[[Revision], Awaitable[object]]
    ) -> None:
        held = await self.holds(revision)
        while held is not None and held.kind == "waiting":
            before = held
            await asyncio.sleep(self._interval)
            held = await self.holds(revision)
            if held is not None and held != before:
                self.state(revision, held)
        self._task = None  # what is taken now may hold again
        if held is None:
            await take(revision)

    def stop_waiting(self) -> None:
        """Wait no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
