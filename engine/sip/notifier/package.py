"""What event packages have in common (RFC 6665 section 5): a name, a document, its topics."""

from dataclasses import dataclass, field
from typing import Protocol

# What may change: topics of engine.sip.notifier.watchers
CALLS = "calls"
REGISTRATION = "registration"
MESSAGES = "messages"
PUBLICATION = "publication"


@dataclass(slots=True)
class Resource:
    """A user whose state one subscription shows, and what it has shown of them."""

    user: str
    entity: str
    """Their address as the subscriber wrote it."""
    own: bool
    """The subscriber is that user."""
    version: int = 0
    """Of the next document, where documents have versions."""
    shown: dict[str, str] = field(default_factory=dict)
    """What the last document listed: id → how it is listed once more when it has ended."""


class Package(Protocol):
    """One event package. Documents are full state always."""

    name: str
    content_type: bytes
    topics: frozenset[str]
    """What changes its documents."""
    private: bool
    """Only the user themself may watch."""
    listed: bool
    """Lists of users can be watched."""

    def document(self, resource: Resource) -> bytes:
        """The state of a user as it is now. Notes what it shows in `resource.shown`."""


def ended(resource: Resource, present: dict[str, str]) -> list[str]:
    """What the last document listed and is gone; from now on `present` is what was shown."""
    gone = [item for id_, item in resource.shown.items() if id_ not in present]
    resource.shown = present
    return gone
