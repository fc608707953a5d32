"""Following a configuration: each new head commit of one branch, once, as it appears.

A Follower looks at a repository whenever something stirs (the file system, a hook's nudge, a
timer) and yields a Revision when the branch stands elsewhere than at the last look. What goes
wrong is remembered as `trouble` for the status and never ends the following: repositories are
deleted and restored, remotes come back. Whether a commit is any good is not decided here.
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from sync.errors import FetchFailed, RepositoryError, WatchFailed
from sync.origins import Origin, RemoteOrigin, Revision
from sync.watch import watch

POLL_INTERVAL = 30.0
"""Seconds between two fetches from a remote that answers."""

BLIND_INTERVAL = 2.0
"""Seconds between two looks at a repository on this machine that cannot be watched."""

POLL_LONGEST = 600.0
"""Seconds between two tries at a remote that does not."""

JITTER = 0.2
"""Share of the interval by which it varies, so that many nodes do not ask at once."""


class Follower:
    """An asynchronous iterator of new Revisions, to be used with `async with`.

    `previous` is the commit that ran before a restart: what it is compared with decides whether
    the first revision was forced. `on_trouble` is called in the event loop each time that
    `trouble` changes, with None when it is over.
    """

    def __init__(
        self,
        origin: Origin,
        *,
        previous: Revision | None = None,
        interval: float = POLL_INTERVAL,
        on_trouble: Callable[[RepositoryError | None], None] | None = None,
    ) -> None:
        self.origin = origin
        self.trouble: RepositoryError | None = None
        self.current: Revision | None = None
        self.looked_at: float | None = None  # epoch seconds of the last look that succeeded
        self._previous = previous
        self._interval = interval
        self._failures = 0
        self._blind: WatchFailed | None = None
        self._on_trouble = on_trouble
        self._stirred = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._stirred.set()
        self._watching = asyncio.create_task(self._watch(), name="follow the configuration")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await asyncio.to_thread(self.origin.close)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Revision:
        """Wait for the next revision; never the same one twice in a row."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            revision = await self._look()
            if revision is not None:
                return revision

    def nudge(self) -> None:
        """Look now: a hook or a webhook says that something was pushed."""
        self._stirred.set()

    async def _look(self) -> Revision | None:
        before = self.current or self._previous
        try:
            found = await asyncio.to_thread(self.origin.look, before)
        except RepositoryError as error:
            self._failures += isinstance(error, FetchFailed)
            self._remember(error)
            return None
        self._failures = 0
        self.looked_at = time.time()
        self._remember(self._blind)
        if self.current is not None and found.name == self.current.name:
            return None
        self.current = found
        return found

    def _remember(self, trouble: RepositoryError | None) -> None:
        changed = str(trouble or "") != str(self.trouble or "")
        self.trouble = trouble
        if changed and self._on_trouble is not None:
            self._on_trouble(trouble)

    async def _watch(self) -> None:
        if isinstance(self.origin, RemoteOrigin):
            await self._poll(self._interval)
        try:
            await watch(self.origin.directories, self._stirred.set)
        except Exception as error:  # the watcher is another's code; looking now and then is ours
            self._blind = WatchFailed(error)
            self._stirred.set()
            await self._poll(BLIND_INTERVAL)

    async def _poll(self, interval: float) -> None:
        while True:
            await asyncio.sleep(pause(interval, self._failures))
            self._stirred.set()


def pause(interval: float, failures: int) -> float:
    """Seconds until the next fetch: longer with each failure in a row, and never in step."""
    base: float = min(interval * 2 ** min(failures, 10), max(interval, POLL_LONGEST))
    return base * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - nothing secret
