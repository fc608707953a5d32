"""Tells the other nodes how far this one is, through the repository."""

import asyncio
from collections.abc import Callable

from engine.newest import AGAIN, Newest, UntoldError
from sync.errors import RepositoryError
from sync.standings import Word

State = Callable[[str, Word, str], None]
"""sync.origins.Origin.state: node, word, commit. Blocks."""


class Publisher:
    """All methods belong to the event loop's thread."""

    def __init__(
        self,
        state: State,
        on_trouble: Callable[[str], None],
        again: tuple[float, ...] = AGAIN,
    ) -> None:
        self._state = state
        self._newest = Newest(self._send, on_trouble, again)

    @property
    def trouble(self) -> str | None:
        """Why the others do not know; None when they do."""
        return self._newest.trouble

    def tell(self, node: str, word: Word, commit: str) -> None:
        """Begin to tell it."""
        self._newest.tell((node, word), commit)

    async def _send(self, key: tuple[str, Word], commit: str) -> None:
        node, word = key
        try:
            await asyncio.to_thread(self._state, node, word, commit)
        except RepositoryError as error:
            raise UntoldError(
                f"other nodes cannot be told that {commit[:10]} is {word}: {error}"
            ) from error

    async def stop(self) -> None:
        """Tell nothing more; what is left is told after the next start, or is old by then."""
        await self._newest.stop()
