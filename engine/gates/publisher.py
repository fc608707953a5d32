"""Tells the other nodes how far this one is, through the repository. Never holds anything up.

Only the newest of each word is worth telling: while the remote does not answer, older ones are
dropped. What cannot be told is said in the status and tried again.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from sync.errors import RepositoryError
from sync.standings import Word

AGAIN: Final = (5.0, 15.0, 60.0, 300.0)
"""Seconds until each further try; the last one for ever."""

State = Callable[[str, Word, str], None]
"""sync.origins.Origin.state: node, word, commit. Blocks."""


class Publisher:
    """All methods belong to the event loop's thread."""

    def __init__(self, state: State, again: tuple[float, ...] = AGAIN) -> None:
        self._state = state
        self._again = again
        self._waiting: dict[tuple[str, Word], str] = {}
        self._task: asyncio.Task[None] | None = None
        self.trouble: str | None = None
        """Why the others do not know; None when they do."""

    def tell(self, node: str, word: Word, commit: str) -> None:
        """Begin to tell it."""
        self._waiting[node, word] = commit
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="tell other nodes")

    async def _work(self) -> None:
        failures = 0
        while self._waiting:
            (node, word), commit = next(iter(self._waiting.items()))
            try:
                await asyncio.to_thread(self._state, node, word, commit)
            except RepositoryError as error:
                self.trouble = f"other nodes cannot be told that {commit[:10]} is {word}: {error}"
                await asyncio.sleep(self._again[min(failures, len(self._again) - 1)])
                failures += 1
                continue
            self.trouble, failures = None, 0
            if self._waiting.get((node, word)) == commit:
                del self._waiting[node, word]

    async def stop(self) -> None:
        """Tell nothing more; what is left is told after the next start, or is old by then."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
