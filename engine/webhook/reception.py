"""Requests of a Git host, answered: a nudge, nothing, or a refusal."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from engine.secrets import SecretsError
from engine.webhook.proof import BRANCHES, proved, ref_of, shows_proof

PATH: Final = "/hooks/git"

MOST: Final = 4 * 1024 * 1024
"""Bytes of a body. GitHub tells of at most 2048 commits in one, which take less."""

AT_ONCE: Final = 16
"""Bodies that are read at a time,"""
SHARE: Final = 4
"""and those of one address: whoever sends slowly must not keep the Git host out."""

QUIET: Final = 60.0
"""Seconds until the log says again that the secret cannot be read: strangers may ask often."""

PAUSE: Final = 1.0
"""Seconds between two looks at the repository, however many requests come."""

Refuse = Callable[[int], int]
"""Writes each refusal to the log, for fail2ban; the status to answer, 429 for who has too many."""


@dataclass(slots=True)
class Nudger:
    """Passes nudges on, at most one in PAUSE seconds; none that came in between is lost."""

    nudge: Callable[[], None]
    _last: float = float("-inf")
    _due: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        """Look at the repository now, or soon."""
        if self._due is not None:
            return
        loop = asyncio.get_running_loop()
        wait = self._last + PAUSE - loop.time()
        if wait > 0:
            self._due = loop.call_later(wait, self._now)
        else:
            self._now()

    def _now(self) -> None:
        self._due = None
        self._last = asyncio.get_running_loop().time()
        self.nudge()

    def stop(self) -> None:
        """Forget the nudge that waits."""
        if self._due is not None:
            self._due.cancel()
            self._due = None


@dataclass(frozen=True, slots=True)
class Reception:
    """What takes requests while the tree has a webhook for this node."""

    secret: Callable[[], Awaitable[bytes]]
    """Read at each request, so that a changed file needs no restart. Raises SecretsError."""
    branch: Callable[[], str | None]
    """The branch that is followed, where it is known."""
    nudge: Nudger
    say: Callable[[str, str], None]
    _reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _readers: Counter[str] = field(default_factory=Counter)
    """Requests of each address that are not answered yet: strangers may send them."""
    _said: dict[str, float] = field(default_factory=dict)

    async def answer(self, request: BaseRequest, refuse: Refuse) -> web.Response:
        """Answer one request. What is too long is not read to its end."""
        if request.method != hdrs.METH_POST:
            return _refused(refuse, 405)
        if not shows_proof(request.headers):
            return _refused(refuse, 401)
        source = request.remote or ""
        if self._readers[source] >= SHARE:
            return _refused(refuse, 429)
        self._readers[source] += 1
        try:
            async with self._reading:
                return await self._judge(request, refuse)
        finally:
            self._readers[source] -= 1
            if not self._readers[source]:
                del self._readers[source]

    async def _judge(self, request: BaseRequest, refuse: Refuse) -> web.Response:
        body = await _body(request)
        if body is None:
            return _refused(refuse, 413)
        try:
            secret = await self.secret()
        except SecretsError as error:
            self._complain(str(error))
            return _words(500, "the secret cannot be read\n")
        if not proved(secret, request.headers, body):
            return _refused(refuse, 403)
        return self._take(ref_of(body, request.content_type))

    def _complain(self, trouble: str) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._said.get(trouble, float("-inf")) >= QUIET:
            self._said.clear()
            self._said[trouble] = now
            self.say("warning", trouble)

    def _take(self, ref: str | None) -> web.Response:
        followed = self.branch()
        if ref is not None and followed is not None and ref != BRANCHES + followed:
            return _words(200, "another branch: nothing to do\n")
        self.nudge()
        return _words(202, "the repository will be looked at\n")


async def _body(request: BaseRequest) -> bytes | None:
    """The whole body; None when it is too long."""
    content = bytearray()
    async for chunk in request.content.iter_any():
        content += chunk
        if len(content) > MOST:
            return None
    return bytes(content)


def _refused(refuse: Refuse, status: int) -> web.Response:
    response = _words(refuse(status), "refused\n")
    response.force_close()  # what is left of its body is not read
    return response


def _words(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, headers={hdrs.SERVER: "Dialtree"})
