"""What a running node answers when somebody asks how it is: status, history, drift, self-test."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.control import ControlError
from engine.control.server import Handler
from engine.selftest import Report, selftest
from engine.state import StateDirectory
from engine.status import bans_status, node_status
from sync.git import FULL_ID

if TYPE_CHECKING:
    from engine.node import Node

STATUS_HISTORY = 5
"""Attempts that the status tells; `pbx history` has more."""


class Inquiries:
    """Reads the parts of a node; changes nothing but a ban."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """By path of the control API."""
        return {
            "/status": self._status,
            "/bans": self._bans,
            "/bans/lift": self._lift_ban,
            "/history": self._history,
            "/drift": self._drift,
            "/revision": self._revision,
            "/selftest": self._selftest,
        }

    async def health(self) -> Report:
        """A call through the router; a node without one over UDP has nothing to call through."""
        server, desired = self._node.router.server, self._node.reconciler.running.desired
        if server is None or desired is None:
            return Report()
        node = desired.system.nodes[self._node.name(desired.system)]
        if node.sip.udp is None:
            return Report()
        return await selftest(server, desired.system.system.domain, (node.address, node.sip.udp))

    @property
    def healthy(self) -> bool:
        """What runs is what is wanted, and works."""
        return self._node.reconciler.conditions.healthy and self._node.follower.trouble is None

    async def _selftest(self, _question: Any) -> Any:
        if self._node.router.server is None:
            raise ControlError("this node runs no router")
        report = await self.health()
        if not report.steps and report.ok:
            raise ControlError("the self-test calls over UDP, which this node does not serve")
        return report.as_json()

    async def _status(self, _question: Any) -> Any:
        history = await asyncio.to_thread(self._node.store.history, STATUS_HISTORY)
        name = self._node.known_name()
        status = node_status(
            name, self._node.reconciler, self._node.follower, self._node.router, history
        )
        return status | {
            "emergency": self._node.emergency.status(),
            "suspended": self._node.taker.suspender.as_json(),
            "notices": self._node.operations.status(),
            "git_host": self._node.git_host.status(),
            "unpublished": self._node.publisher.trouble,
            "imports": await self._node.importing.status(),
            "pending": self._node.devices.pending,
            "drift": self._node.lookout.latest.as_json() if self._node.lookout.latest else None,
        }

    async def _bans(self, _question: Any) -> Any:
        return {"bans": bans_status(self._node.router)}

    async def _lift_ban(self, question: Any) -> Any:
        address = str(question.get("address"))
        server = self._node.router.server
        if server is None or not server.lift_ban(address):
            raise ControlError(f"{address} is not banned")
        return {}

    async def _revision(self, _question: Any) -> Any:
        return {"revision": self._node.reconciler.running.revision}

    async def _drift(self, _question: Any) -> Any:
        return (await self._node.lookout.look()).as_json()

    def on_disk(self) -> tuple[StateDirectory, str | None, Path | None]:
        """What the disk has to hold: the last good tree while commits run, and our hooks."""
        watched = self._node.reconciler.watched
        good = watched.good.revision if watched else self._node.reconciler.running.revision
        is_commit = good is not None and FULL_ID.fullmatch(good)
        local = self._node.desk.directory if self._node.options.remote is None else None
        return self._node.desk.state, good if is_commit else None, local

    async def _history(self, question: Any) -> Any:
        limit = question.get("limit", 20)
        attempts = await asyncio.to_thread(self._node.store.history, int(limit))
        return {"history": [asdict(attempt) for attempt in attempts]}
