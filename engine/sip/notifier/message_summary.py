"""`message-summary` (RFC 3842): how many voice messages wait. For message lamps."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.sip.notifier.package import MESSAGES, Resource


@dataclass(frozen=True, slots=True)
class Messages:
    """Voice messages of a user; the urgent ones are counted among `new` and `old` too."""

    new: int = 0
    old: int = 0
    urgent_new: int = 0
    urgent_old: int = 0


NONE = Messages()


class MessagePackage:
    """Message counts of users. Only one's own are told."""

    name = "message-summary"
    content_type = b"application/simple-message-summary"
    topics = frozenset((MESSAGES,))
    private = True
    listed = False

    def __init__(self, messages: Mapping[str, Messages]) -> None:
        """`messages` is read each time, by user; absent users have none."""
        self._messages = messages

    def document(self, resource: Resource) -> bytes:
        """See Package; the grammar is section 5.2's."""
        of = self._messages.get(resource.user, NONE)
        return (
            f"Messages-Waiting: {'yes' if of.new else 'no'}\r\n"
            f"Message-Account: {resource.entity}\r\n"
            f"Voice-Message: {of.new}/{of.old} ({of.urgent_new}/{of.urgent_old})\r\n"
        ).encode("utf-8", "replace")
