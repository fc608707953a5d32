"""Asking a running node. Loads little, so that `pbx status` answers at once."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.control import ControlError, NodeUnreachableError, call
from engine.state import StateDirectory


class NodeClient:
    """The node that runs a directory, found by it or by its state directory."""

    def __init__(self, state: StateDirectory) -> None:
        self.state = state

    @classmethod
    def at(cls, directory: Path, state: Path | None) -> "NodeClient":
        """The node of `directory`."""
        return cls(StateDirectory.of(directory, state))

    def ask(self, path: str, **question: Any) -> Any:
        """Ask the control API. Raises NodeUnreachableError, ControlError."""
        return call(self.state.control_socket, path, **question)

    def revision(self) -> str | None:
        """What runs; None while nothing does, or no node."""
        try:
            answer: dict[str, Any] = self.ask("/revision")
        except (NodeUnreachableError, ControlError):
            return None
        found: str | None = answer["revision"]
        return found

    def drift(self) -> dict[str, Any] | None:
        """What is there against what is wanted, looked at now; None while no node runs."""
        try:
            answer: dict[str, Any] = self.ask("/drift")
        except NodeUnreachableError:
            return None
        return answer

    def history(self, limit: int) -> list[dict[str, Any]]:
        """The latest attempts, newest first; from the store itself when no node runs."""
        try:
            answer: dict[str, Any] = self.ask("/history", limit=limit)
        except NodeUnreachableError:
            return self._stored_history(limit)
        found: list[dict[str, Any]] = answer["history"]
        return found

    def pending(self) -> list[dict[str, Any]]:
        """Phones that asked and are not in the tree; from the store when no node runs.

        Raises NodeUnreachableError where none ever ran.
        """
        try:
            answer: dict[str, Any] = self.ask("/devices/pending")
        except NodeUnreachableError:
            if not self.state.database.exists():
                raise
            return self._stored_pending()
        found: list[dict[str, Any]] = answer["pending"]
        return found

    def _stored_pending(self) -> list[dict[str, Any]]:
        from engine.device_views import waiting_phones
        from engine.store import Store

        store = Store(self.state.database)
        try:
            return waiting_phones(row for row in store.phones.load().sightings.values() if row)
        finally:
            store.close()

    def _stored_history(self, limit: int) -> list[dict[str, Any]]:
        from engine.store import Store  # takes a quarter of a second to load

        if not self.state.database.exists():
            return []
        store = Store(self.state.database)
        try:
            return [asdict(attempt) for attempt in store.history(limit)]
        finally:
            store.close()
