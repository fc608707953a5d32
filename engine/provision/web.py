"""HTTP requests to answers, by whatever way they came in. Knows no socket and no aiohttp."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from engine.provision.access import Access, Found, Missing
from engine.provision.answering import Answer, answer_with, plain, redirect
from engine.provision.asking import asked_for
from engine.provision.events import ProfileRefused, ProfileServed, Uploaded
from engine.provision.ladder import Shown
from engine.provision.uploads import Permit, Uploads, permitted

_TOKEN: Final = re.compile(r"(?<=/d/)[^/?#]+|(?<=/location/)[^/?#]+")
_SHOWN: Final = 128
READING: Final = ("GET", "HEAD")
WRITING: Final = ("PUT", "POST")


class Question(NamedTuple):
    """One request."""

    method: str
    target: str
    """As it stands in the request line."""
    headers: Mapping[str, str]
    """By names as RFC 9110 writes them."""
    peer: str
    secure: bool = False
    certified: str = ""
    """The MAC address in the client's certificate."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What a phone was last given. `at` in epoch seconds; `etag` of the file's bytes."""

    name: str
    status: int
    etag: str
    at: float
    peer: str
    user_agent: str


@dataclass(slots=True)
class Web:
    """Answers requests from what `access` holds, and remembers what phones fetched."""

    access: Access
    uploads: Uploads = field(default_factory=Uploads)
    fetches: dict[str, dict[str, Fetch]] = field(default_factory=dict)
    """By MAC address and name of the file; the phone's latest is the last."""
    _changed: dict[tuple[str, str], Fetch] = field(default_factory=dict)

    def answer(self, question: Question) -> Answer:
        """Answer GET and HEAD; all else is refused."""
        shown = self._shown(question)
        if question.method not in READING:
            return self.refuse(question, 405)
        asked = asked_for(question.target)
        if asked is None:
            return self.refuse(question, 404)
        found = self.access.find(asked, shown)
        if isinstance(found, Missing):
            return plain(found.status)
        if found.file is None:
            return redirect(f"{found.url}{found.name}")
        return self._serve(question, shown, found)

    def refuse(self, question: Question, status: int) -> Answer:
        """No way to ask for a file. Whoever has too many gets 429."""
        return plain(self.count(question, status))

    def count(self, question: Question, status: int) -> int:
        """Log a refusal; the status to answer."""
        path = _TOKEN.sub("…", printable(question.target))
        missing = self.access.fail(self._shown(question), status, path)
        return 429 if missing.status == 429 else status

    def unreadable(self, peer: str) -> None:
        """Something came that is no HTTP request."""
        if self.access.failures.allow(peer, time.monotonic()):
            self.access.tell(ProfileRefused(400, "(no HTTP request)", peer, ""))

    def permit(self, question: Question) -> Permit | None:
        """Whether a file may be sent."""
        asked = asked_for(question.target)
        if asked is None:
            return None
        access = self.access
        return permitted(asked, self._shown(question), access.listing, access.families)

    def take(self, question: Question, permit: Permit, content: bytes) -> Answer:
        """A file that was sent."""
        if not self.keep(permit, content, question.peer):
            return plain(413 if len(content) > permit.most else 429)
        return plain(201)

    def keep(self, permit: Permit, content: bytes, peer: str) -> bool:
        """Take a file for the store; whether there was room."""
        kept = self.uploads.keep(permit, content, peer)
        if kept and permit.mac:
            self.access.tell(Uploaded(permit.mac, permit.name, len(content), peer))
        return kept

    def forget(self, mac: str) -> None:
        """The phone is not in the tree any more."""
        self.fetches.pop(mac, None)

    def restore(self, mac: str, fetch: Fetch) -> None:
        """A fetch from before this node was started."""
        self.fetches.setdefault(mac, {}).setdefault(fetch.name, fetch)

    def take_changes(self) -> list[tuple[str, Fetch]]:
        """Fetches since the last call, with the phone's MAC address."""
        changed, self._changed = self._changed, {}
        return [(mac, fetch) for (mac, _), fetch in changed.items()]

    def remember(self, found: Found, shown: Shown, status: int, etag: str) -> None:
        """A phone was given one of its own files."""
        if found.file is not None and found.mac and found.rung not in ("enrolment", "holding"):
            fetch = Fetch(found.file.name, status, etag, time.time(), shown.peer, shown.agent)
            own = self.fetches.setdefault(found.mac, {})
            own.pop(fetch.name, None)
            own[fetch.name] = self._changed[found.mac, fetch.name] = fetch

    def _serve(self, question: Question, shown: Shown, found: Found) -> Answer:
        body = self.access.body(found, shown)
        if body is None or found.file is None:
            return plain(500)
        content_type = found.file.content_type
        answer = answer_with(question.headers, content_type, body, found.modified)
        size = len(answer.body) if question.method == "GET" else 0
        self.remember(found, shown, answer.status, body.etag)
        served = ProfileServed(
            found.mac, found.name, answer.status, size, shown.peer, shown.agent, found.rung
        )
        self.access.tell(served)
        return answer

    def _shown(self, question: Question) -> Shown:
        return Shown(
            "https" if question.secure else "http",
            question.peer,
            self.access.local(question.peer),
            printable(question.headers.get("User-Agent", "")),
            question.certified,
        )


def printable(text: str) -> str:
    """Short, and without what could move a terminal's cursor."""
    if text.isprintable():
        return text[:_SHOWN]
    return "".join(one if one.isprintable() else "?" for one in text[:_SHOWN])
