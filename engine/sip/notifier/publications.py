"""PUBLISH (RFC 3903): what users' clients say of their presence, until they say otherwise.

Of a document its parts are kept, written anew: what strangers' parsers are given later is ours.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.sip.errors import Refused
from engine.sip.notifier.asking import package_name, seconds_wanted
from engine.sip.notifier.journal import PUBLICATION, Journal
from engine.sip.notifier.pidf import PIDF_TYPE, parts_of
from engine.sip.randomness import random_hex
from engine.sip.timer import TimerWheel
from engine.sip.wire import Request

MAX_BODY: Final = 8192
"""Bytes of a document."""
MAX_KEPT: Final = 2 * MAX_BODY
"""Characters of its parts: each declares its name spaces anew, and those may be long."""
MAX_PER_USER: Final = 10
"""Publications of a user: one of each client. The oldest gives way."""
LOOK_AGAIN: Final = 60.0
"""See engine.sip.notifier.subscription.LOOK_AGAIN."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What one client of a user published."""

    name: str
    """The same through all refreshes and changes: the entity-tag is not."""
    user: str
    parts: tuple[str, ...]
    """Elements of the document, each whole in itself."""
    expires: float
    """Seconds since the epoch."""


class Publications:
    """Publications by their entity-tags."""

    def __init__(
        self,
        wheel: TimerWheel,
        wall: Callable[[], float],
        journal: Journal,
        changed: Callable[[str], None],
    ) -> None:
        """`changed` is told each user for whom something was published, or is no more."""
        self._wheel = wheel
        self._wall = wall
        self._journal = journal
        self._changed = changed
        self._by_tag: dict[str, Publication] = {}
        self._by_user: dict[str, dict[str, str]] = {}

    def __len__(self) -> int:
        """Publications of all users."""
        return len(self._by_tag)

    def of(self, user: str) -> list[Publication]:
        """A user's publications, the latest first."""
        tags = reversed(self._by_user.get(user, {}).values())
        return [self._by_tag[tag] for tag in tags]

    def publish(self, request: Request, user: str, now: float) -> tuple[bytes, ...]:
        """Execute a PUBLISH of that user's; header lines of the 200. Raises Refused."""
        if package_name(request) != "presence":
            raise Refused(489, headers=(b"Allow-Events: presence",))
        seconds = seconds_wanted(request)
        before = self._matched(request, user)
        if before is None and not request.body:
            raise Refused(400, b"Nothing To Publish")
        name = "p" + random_hex().decode("ascii") if before is None else before.name
        parts = _parts(request, name) if request.body else before.parts if before else ()
        after = Publication(name, user, parts, self._wall() + seconds)
        tag = self._replace(request.value(b"sip-if-match"), after, seconds, now)
        self._changed(user)
        return b"SIP-ETag: " + tag.encode("ascii"), b"Expires: %d" % seconds

    def _matched(self, request: Request, user: str) -> Publication | None:
        """The publication that is refreshed, changed or removed (section 4.1)."""
        tag = request.value(b"sip-if-match")
        if tag is None:
            return None
        found = self._by_tag.get(tag.decode("ascii", "replace"))
        if found is None or found.user != user:
            raise Refused(412)
        return found

    def _replace(self, old: bytes | None, new: Publication, seconds: int, now: float) -> str:
        """A publication has a new entity-tag each time (section 6 step 5)."""
        if old is not None:
            self._remove(old.decode("ascii", "replace"))
        tag = random_hex().decode("ascii")
        if seconds:
            self._make_room(new.user)
            self._put(tag, new, now)
            record = {
                "tag": tag, "name": new.name, "user": new.user, "parts": list(new.parts),
                "expires": new.expires,
            }  # fmt: skip
            self._journal.note(PUBLICATION, tag, lambda: record, new.expires)
        return tag

    def _make_room(self, user: str) -> None:
        tags = list(self._by_user.get(user, {}).values())
        if len(tags) >= MAX_PER_USER:
            self._remove(tags[0])

    def _put(self, tag: str, publication: Publication, now: float) -> None:
        self._by_tag[tag] = publication
        self._by_user.setdefault(publication.user, {})[publication.name] = tag
        self._wheel.schedule(now + self._look_after(publication), self, tag)

    def _remove(self, tag: str) -> None:
        publication = self._by_tag.pop(tag)
        mine = self._by_user[publication.user]
        del mine[publication.name]
        if not mine:
            del self._by_user[publication.user]
        self._journal.note_end(PUBLICATION, tag)

    def _look_after(self, publication: Publication) -> float:
        return min(publication.expires - self._wall(), LOOK_AGAIN)

    def expired(self, tag: str, now: float) -> None:
        """Time to look at a publication, if it is still there."""
        publication = self._by_tag.get(tag)
        if publication is None:
            return
        if publication.expires > self._wall():
            self._wheel.schedule(now + self._look_after(publication), self, tag)
            return
        self._remove(tag)
        self._changed(publication.user)

    def restore(self, records: Iterable[Mapping[str, Any]], now: float) -> None:
        """Put back what the store kept."""
        for record in records:
            parts = tuple(record["parts"])
            publication = Publication(record["name"], record["user"], parts, record["expires"])
            self._put(record["tag"], publication, now)


def _parts(request: Request, prefix: str) -> tuple[str, ...]:
    if len(request.body) > MAX_BODY:
        raise Refused(413)
    content_type = (request.value(b"content-type") or b"").partition(b";")[0].strip().lower()
    if content_type != PIDF_TYPE or request.value(b"content-encoding") is not None:
        raise Refused(415, headers=(b"Accept: " + PIDF_TYPE,))
    parts = parts_of(request.body, prefix)
    if sum(map(len, parts)) > MAX_KEPT:
        raise Refused(413)
    return parts
