"""Who is told what became of commits and imports, as a service: what `system.notify` means."""

import time
from collections.abc import Callable
from typing import Any

from engine.desired import Desired
from engine.notices.channels import channels
from engine.notices.notifier import Notifier, Report
from engine.notices.operation import Operation
from engine.reconcile import Candidate, Result, short
from engine.secrets import SecretReader
from schema.models import System
from schema.models.told import Event

SECTION = "system/notify"


class OperationsService:
    """Tells those whom the tree that runs names."""

    def __init__(
        self,
        node: Callable[[System], str],
        report: Report,
        secrets: SecretReader,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`node` says which node of a system this is; `report` takes a topic and a line."""
        self._node = node
        self._clock = clock
        self._secrets = secrets
        self._notifier = Notifier(report)
        self._system: System | None = None

    async def apply(self, desired: Desired) -> None:
        """Tell those whom the tree names from now on."""
        self._system = desired.system
        wanted = desired.system.system.notify
        self._notifier.channels = tuple(channels(wanted, SECTION, self._secrets))

    async def stop(self) -> None:
        """Tell nobody any more."""
        await self._notifier.stop()

    def reconciled(self, candidate: Candidate, result: Result) -> None:
        """A commit was tried; what the node starts with is no news."""
        if candidate.author:
            self._of_commit(
                _EVENTS.get(result.outcome, "commit.refused"), candidate, result.message
            )

    def found_good(self, candidate: Candidate) -> None:
        """A watched commit has shown that it is good."""
        self._of_commit("commit.good", candidate, "nothing was lost while it was watched")

    def imported(self, importer: str, message: str, *, failed: bool) -> None:
        """An import from a directory has made a commit, or failed."""
        event: Event = "import.failed" if failed else "import.done"
        self._tell(event, f"import of {importer}", message)

    def status(self) -> dict[str, Any]:
        """What became of notices."""
        return self._notifier.status()

    def _of_commit(self, event: Event, candidate: Candidate, message: str) -> None:
        name = candidate.revision
        self._tell(
            event, f"commit {short(name)}", message,
            revision=name, subject_line=candidate.subject, author=candidate.author,
        )  # fmt: skip

    def _tell(self, event: Event, what: str, message: str, **commit: str) -> None:
        system = self._system
        if system is None or event not in system.system.notify.events:
            return
        domain, node = system.system.domain, self._node(system)
        self._notifier.tell(Operation(event, domain, node, what, message, self._clock(), **commit))


_EVENTS: dict[str, Event] = {"applied": "commit.running", "unhealthy": "commit.returned"}
