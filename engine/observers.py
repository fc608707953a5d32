"""Everybody who is told what becomes of commits on this node, in one place."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from engine.desired import Desired
from engine.log import Log
from engine.reconcile import Candidate, Result
from engine.services.git_host import GitHostService
from engine.services.operations import OperationsService
from sync.standings import Word


@dataclass(frozen=True)
class Observers:
    """An engine.reconcile.Observer. `watched` says whether what runs is on probation."""

    log: Log
    operations: OperationsService
    git_host: GitHostService
    nodes: Callable[[Word, str], None]
    """Tells the other nodes how far this one is."""
    watched: Callable[[], bool]
    resync: Callable[[Desired, Desired], Awaitable[None]]

    def begun(self, candidate: Candidate) -> None:
        """Only the Git host shows that something is under way."""
        self.git_host.begun(candidate)

    def reconciled(self, candidate: Candidate, result: Result, seconds: float) -> None:
        """All want to know."""
        self.log.reconciled(result, seconds)
        self.operations.reconciled(candidate, result)
        self.git_host.reconciled(candidate, result, watched=self.watched())
        if result.outcome == "applied":
            self.nodes("applied", candidate.revision)
        elif result.outcome == "unhealthy":
            self.nodes("bad", candidate.revision)

    def found_good(self, candidate: Candidate) -> None:
        """Those who were told to wait for it."""
        self.operations.found_good(candidate)
        self.git_host.found_good(candidate)
        self.nodes("healthy", candidate.revision)

    async def moved(self, before: Desired, after: Desired) -> None:
        """Phones whose files changed are told to fetch."""
        await self.resync(before, after)

    def crashed(self, error: BaseException) -> None:
        """For whoever corrects it."""
        self.log.crashed(error)
