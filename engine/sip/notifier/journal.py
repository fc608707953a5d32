"""What a restart must not lose, as plain records: subscriptions, publications, message counts.

Whoever changes something notes it here; the store takes the notes when it likes and gives the
records back at the start. A record holds what JSON can.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from engine.sip.flow import Flow, ListenAddress
from engine.sip.notifier.subscription import Subscription, Terms

SUBSCRIPTION: Final = "subscription"
PUBLICATION: Final = "publication"
MESSAGES: Final = "messages"


class Kept(NamedTuple):
    """One record. `record` is None when there is nothing any more."""

    kind: str
    id: str
    """Unique among those of its kind."""
    expires: float | None
    """Seconds since the epoch; None: never."""
    record: Mapping[str, Any] | None


class Journal:
    """Changes since they were last taken, the last one of each record only."""

    def __init__(self) -> None:
        self._changes: dict[tuple[str, str], Callable[[], Kept]] = {}

    def note(
        self,
        kind: str,
        id_: str,
        record: Callable[[], Mapping[str, Any]],
        expires: float | None = None,
    ) -> None:
        """A record is new or changed. It is made when it is taken: most change again before."""
        self._changes[kind, id_] = lambda: Kept(kind, id_, expires, record())

    def note_end(self, kind: str, id_: str) -> None:
        """A record is gone."""
        self._changes[kind, id_] = lambda: Kept(kind, id_, None, None)

    def take(self) -> list[Kept]:
        """What changed since the last call."""
        changes, self._changes = self._changes, {}
        return [change() for change in changes.values()]


_BYTES: Final = ("call_id", "local", "remote", "tag", "remote_tag", "contact", "event")


def record_of(subscription: Subscription) -> Mapping[str, Any]:
    """A subscription as JSON can hold it: its terms, its CSeq, and the version of its document."""
    terms = subscription.terms
    fields: dict[str, Any] = terms._asdict()
    for name in _BYTES:
        fields[name] = fields[name].decode("latin-1")
    fields["routes"] = [route.decode("latin-1") for route in terms.routes]
    fields["flow"] = [*terms.flow.listener, *terms.flow[1:]]
    version = subscription.view.version
    return {"terms": fields, "sequence": subscription.sequence, "version": version}


def terms_of(record: Mapping[str, Any]) -> Terms:
    """The terms of such a record."""
    fields = dict(record["terms"])
    for name in _BYTES:
        fields[name] = fields[name].encode("latin-1")
    fields["routes"] = tuple(route.encode("latin-1") for route in fields["routes"])
    transport, listening, listening_port, *rest = fields["flow"]
    fields["flow"] = Flow(ListenAddress(transport, listening, listening_port), *rest)
    return Terms(**fields)
