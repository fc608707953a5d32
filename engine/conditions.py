"""What a node says of itself, after Flux: conditions with reasons, never a bare "error".

Ready        the applied revision runs and its health check passed
Reconciling  a revision is being worked on
Suspended    somebody wants no commit to be taken; there only while it holds
Stalled      the wanted revision cannot run and nothing but a new commit (or force) helps
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Type = Literal["Ready", "Reconciling", "Stalled", "Suspended"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One statement; `since` is the epoch second at which `true` last changed."""

    type: Type
    true: bool
    reason: str
    message: str
    since: float

    def as_json(self) -> dict[str, Any]:
        """The shape that `pbx status --format json` prints."""
        return {
            "type": self.type,
            "status": "True" if self.true else "False",
            "reason": self.reason,
            "message": self.message,
            "since": self.since,
        }


@dataclass(slots=True)
class Conditions:
    """The conditions of a node."""

    _by_type: dict[Type, Condition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind in ("Ready", "Reconciling", "Stalled"):
            self.set(kind, False, "Starting", "the node is starting")

    def set(self, kind: Type, true: bool, reason: str, message: str) -> None:
        """State one condition anew; its time moves only when it turns."""
        known = self._by_type.get(kind)
        since = known.since if known is not None and known.true == true else time.time()
        self._by_type[kind] = Condition(kind, true, reason, message, since)

    def forget(self, kind: Type) -> bool:
        """State a condition no more; whether it was stated."""
        return self._by_type.pop(kind, None) is not None

    def __getitem__(self, kind: Type) -> Condition:
        return self._by_type[kind]

    def __iter__(self) -> Iterator[Condition]:
        return iter(self._by_type.values())

    @property
    def healthy(self) -> bool:
        """Ready, and not stuck on a newer revision."""
        return self["Ready"].true and not self["Stalled"].true
