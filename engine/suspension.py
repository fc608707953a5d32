"""Suspend: a node keeps what runs and takes no commits until it is resumed, restarts included.

Kept in the store of the node, so it can be said while the node is down, too. May know: the store,
conditions. May not: how commits are run.
"""

import asyncio
import getpass
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.client import NodeClient
from engine.conditions import Conditions
from engine.control import ControlError, NodeUnreachableError
from engine.state import StateDirectory
from engine.store import Store

FACT = "suspended"
"""The fact in the store."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why no commits are taken, who said so, and since when (epoch seconds)."""

    reason: str
    by: str
    since: float

    @classmethod
    def begun(cls, reason: str) -> "Suspension":
        """By whoever runs this program, now."""
        return cls(" ".join(reason.split()), person(), time.time())

    @property
    def sentence(self) -> str:
        """For people."""
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.since))
        reason = f": {self.reason}" if self.reason else ""
        return f"suspended by {self.by} since {when}{reason}"


def person() -> str:
    """Who is at work here, as far as the machine knows."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a container's user id without an entry in /etc/passwd
        return f"user {os.getuid()}"


class Suspender:
    """The suspension of a running node, and what asks for it and ends it."""

    def __init__(
        self,
        store: Store,
        conditions: Conditions,
        say: Callable[[str, str], None],
        resumed: Callable[[], Awaitable[Mapping[str, str]]],
    ) -> None:
        self._store = store
        self._conditions = conditions
        self._say = say
        self._resumed = resumed
        """Runs what stands in the repository now."""
        self.handlers = {"/suspend": self._suspend, "/resume": self._resume}
        kept = store.fact(FACT)
        self.current: Suspension | None = Suspension(**kept) if kept else None

    def answer(self, revision: str) -> dict[str, str]:
        """What whoever wants a revision to run is told."""
        said = self.current.sentence if self.current is not None else ""
        message = f"the node is {said}; `pbx resume` takes it, `pbx apply --force` this once"
        return {"revision": revision, "outcome": "suspended", "message": message}

    def as_json(self) -> dict[str, Any] | None:
        """For the status."""
        return asdict(self.current) if self.current is not None else None

    async def _suspend(self, question: Mapping[str, Any]) -> Any:
        suspension = Suspension(str(question["reason"]), str(question["by"]), time.time())
        await self._set(suspension)
        return {"sentence": suspension.sentence}

    async def _resume(self, _question: Mapping[str, Any]) -> Any:
        if self.current is None:
            raise ControlError("the node is not suspended")
        await self._set(None)
        return dict(await self._resumed())

    async def _set(self, suspension: Suspension | None) -> None:
        value = asdict(suspension) if suspension is not None else None
        await asyncio.to_thread(self._store.put_fact, FACT, value)
        self.current = suspension
        self.tell()

    def tell(self) -> None:
        """State the condition, and write the log."""
        if self.current is not None:
            self._conditions.set("Suspended", True, "Suspended", self.current.sentence)
            self._say("config", f"{self.current.sentence}; no commits are taken")
        elif self._conditions.forget("Suspended"):
            self._say("config", "resumed: commits are taken again")


def suspend(state: StateDirectory, reason: str) -> str:
    """Suspend the node of a state directory, running or not; what to tell the user."""
    begun = Suspension.begun(reason)
    try:
        NodeClient(state).ask("/suspend", reason=begun.reason, by=begun.by)
    except NodeUnreachableError:
        _store(state, begun)
        return f"{begun.sentence}; no node runs here, the next start takes no commits"
    return f"{begun.sentence}; what runs goes on, no commits are taken until `pbx resume`"


def resume(state: StateDirectory) -> str:
    """End a suspension; what became of the newest commit. Raises ControlError without one."""
    try:
        answer = NodeClient(state).ask("/resume")
    except NodeUnreachableError:
        if not _store(state, None):
            raise ControlError("the node is not suspended") from None
        return "resumed: the node takes commits when it starts"
    name = str(answer["revision"])[:10]
    said = "runs" if answer["outcome"] == "applied" else "does not run"
    return f"resumed: {name} {said}: {answer['message']}"


def _store(state: StateDirectory, suspension: Suspension | None) -> bool:
    """Keep a suspension, or none, for the next start; whether there was one."""
    state.create()
    store = Store(state.database)
    try:
        before = store.fact(FACT)
        store.put_fact(FACT, asdict(suspension) if suspension is not None else None)
        return before is not None
    finally:
        store.close()


def refuse_suspended(state: StateDirectory) -> None:
    """Say before a commit is made that the node would not take it. Raises ControlError."""
    try:
        kept = NodeClient(state).ask("/status")["suspended"]
    except NodeUnreachableError:
        return
    if kept is not None:
        said = Suspension(**kept).sentence
        then = "`pbx resume` first, or --force runs it this once"
        raise ControlError(f"nothing was done, the node is {said}; {then}")
