"""What is told of commits and imports on a node. Data only."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from schema.models.told import Event

ALARMING: Final = ("commit.refused", "commit.returned", "import.failed")
"""What people are told of by mail."""

WORDS: Final[Mapping[Event, str]] = {
    "commit.running": "runs",
    "commit.good": "is good",
    "commit.refused": "does not run",
    "commit.returned": "was taken back",
    "import.done": "is done",
    "import.failed": "failed",
}


def _identity() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that happened to a commit, or to an import."""

    event: Event
    domain: str
    node: str
    what: str
    """"commit 4f0c2a91d3", "import of ldap/corp"."""
    message: str
    """What came of it: the summary of the plan, or the evidence."""
    time: float
    revision: str = ""
    subject_line: str = ""
    """Of the commit."""
    author: str = ""
    id: str = field(default_factory=_identity)

    @property
    def title(self) -> str:
        """ "commit 4f0c2a91d3 (does not run)"."""
        return f"{self.what} ({WORDS[self.event]})"

    @property
    def alarming(self) -> bool:
        """Whether somebody has to do something."""
        return self.event in ALARMING

    @property
    def urgent(self) -> bool:
        """Never: what ran before goes on."""
        return False

    @property
    def subject(self) -> str:
        """What, where, and what came of it."""
        return f"{self.domain}: {self.what} {WORDS[self.event]} on {self.node}"

    @property
    def lines(self) -> list[str]:
        """All that helps whoever made the commit."""
        facts = [
            ("What", f"{self.what} {WORDS[self.event]}"),
            ("Why", self.message),
            ("Node", self.node),
            ("Commit", self.revision),
            ("Subject", self.subject_line),
            ("Author", self.author),
            ("When", self._moment),
        ]
        return [f"{name + ':':<9} {text}" for name, text in facts if text]

    def as_json(self) -> Mapping[str, Any]:
        """What webhooks get: docs/notices.md is the contract."""
        return {
            "event": self.event,
            "id": self.id,
            "system": self.domain,
            "node": self.node,
            "what": self.what,
            "message": self.message,
            "revision": self.revision or None,
            "subject": self.subject_line or None,
            "author": self.author or None,
            "time": self._moment,
        }

    @property
    def _moment(self) -> str:
        return datetime.fromtimestamp(self.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
