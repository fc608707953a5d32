"""Telling somebody the newest of several things, for as long as it takes. Never holds anything up.

For what only the newest of counts: how far a node is, what a commit's status is. While nobody
answers, older values are replaced, so that what waits is bounded by how many keys there are.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

AGAIN: Final = (5.0, 15.0, 60.0, 300.0)
"""Seconds until each further try; the last one for ever."""

MOST_WAITING: Final = 100
"""Keys; beyond them the oldest is forgotten."""


class UntoldError(Exception):
    """Nobody took it. `final`: trying again is of no use."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        self.final = final
        super().__init__(reason)


class Newest(Generic[Key, Value]):
    """All methods belong to the event loop's thread."""

    def __init__(
        self,
        send: Callable[[Key, Value], Awaitable[None]],
        on_trouble: Callable[[str], None],
        again: tuple[float, ...] = AGAIN,
    ) -> None:
        """`send` raises UntoldError. `on_trouble` is told each new reason."""
        self._send = send
        self._on_trouble = on_trouble
        self._again = again
        self._waiting: dict[Key, Value] = {}
        self._task: asyncio.Task[None] | None = None
        self.trouble: str | None = None
        """Why it is not told; None when it is."""

    def tell(self, key: Key, value: Value) -> None:
        """Begin to tell it."""
        self._waiting[key] = value
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="tell the newest")

    async def _work(self) -> None:
        failures = 0
        while self._waiting:
            key, value = next(iter(self._waiting.items()))
            try:
                await self._send(key, value)
                self._note(None)
            except UntoldError as error:
                self._note(str(error))
                if not error.final:
                    await asyncio.sleep(self._again[min(failures, len(self._again) - 1)])
                    failures += 1
                    continue
            except Exception as error:  # a defect of ours: neither silent nor for ever
                self._note(f"internal error: {type(error).__name__}")
            failures = 0
            if self._waiting.get(key) is value:
                del self._waiting[key]

    def _note(self, trouble: str | None) -> None:
        if trouble is not None and trouble != self.trouble:
            self._on_trouble(trouble)
        self.trouble = trouble

    async def stop(self) -> None:
        """Tell nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
