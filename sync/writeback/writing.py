"""New text for new values, in the look of their neighbours.

May know: looks, scalars. May not: where the text goes.
"""

from collections.abc import Iterable
from typing import Any

from schema.source import Path
from sync.writeback.looks import Look, Looks, pattern_of
from sync.writeback.scalars import block, scalar, text

WIDEST = 110
"""Columns that a line in flow style may take before the value is written in block style."""


class Writer:
    """Writes values at paths. Lines come back without line ends."""

    def __init__(self, looks: Looks, *, blocks: bool = True) -> None:
        """Without `blocks`, sealed texts stand on one line, too. `wrote_block`: one does not."""
        self._looks = looks
        self._blocks = blocks
        self.wrote_block = False

    def block(self, value: Any) -> tuple[str, list[str]] | None:
        """The head and the lines of what is written as a block scalar."""
        found = block(value) if self._blocks else None
        self.wrote_block |= found is not None
        return found

    def ordered(self, path: Path, keys: Iterable[str]) -> list[str]:
        """The keys of a mapping at a path, in the order that its neighbours have."""
        return self._looks.ordered(pattern_of(path), keys)

    def key(self, path: Path) -> str:
        """The key at the end of a path."""
        return text(str(path[-1]), self._looks.key_quotes.get(pattern_of(path[:-1]), ""))

    def flow(self, value: Any, path: Path, quote: str | None = None) -> str:
        """A value on one line. `quote`: as the value had before it."""
        pattern = pattern_of(path)
        if isinstance(value, dict):
            keys = self.ordered(path, value)
            return self._bracketed("{", "}", [self.pair(value[k], (*path, k)) for k in keys], path)
        if isinstance(value, list | tuple):
            items = [self.flow(item, (*path, at)) for at, item in enumerate(value)]
            return self._bracketed("[", "]", items, path)
        return scalar(value, self._looks.quotes.get(pattern, "") if quote is None else quote)

    def pair(self, value: Any, path: Path) -> str:
        """`key: value` on one line."""
        return f"{self.key(path)}: {self.flow(value, path)}"

    def block_pair(self, value: Any, path: Path, column: int) -> list[str]:
        """`key: value` with the key in a column (from 0), on as many lines as it takes."""
        head = f"{' ' * column}{self.key(path)}:"
        if self.stands_below(value, path, column):
            return [head, *self.below(value, path, column)]
        found = self.block(value)
        if found is not None:
            return [f"{head} {found[0]}", *indented(found[1], column + 2)]
        return [f"{head} {self.flow(value, path)}"]

    def block_item(self, value: Any, path: Path, column: int) -> list[str]:
        """`- value` with the dash in a column."""
        dash = f"{' ' * column}- "
        if isinstance(value, dict) and self.stands_below(value, path, column):
            keys = self.ordered(path, value)
            lines = [
                line for k in keys for line in self.block_pair(value[k], (*path, k), column + 2)
            ]
            return [dash + lines[0][column + 2 :], *lines[1:]]
        return [dash + self.flow(value, path)]

    def below(self, value: Any, path: Path, column: int) -> list[str]:
        """The contents of a collection whose key stands in a column, in block style."""
        indent = self._look(path).indent
        if isinstance(value, dict):
            keys = self.ordered(path, value)
            pairs = (self.block_pair(value[k], (*path, k), column + (indent or 2)) for k in keys)
            return [line for lines in pairs for line in lines]
        items = (
            self.block_item(item, (*path, at), column + indent) for at, item in enumerate(value)
        )
        return [line for lines in items for line in lines]

    def stands_below(self, value: Any, path: Path, column: int) -> bool:
        """Whether a value is written in block style, below its key."""
        if not isinstance(value, dict | list | tuple) or not value:
            return False
        if len(path) == 1 or self._look(path).form == "block":
            return True
        width = column + len(self.key(path)) + 2 + len(self.flow(value, path))
        return width > WIDEST

    def _look(self, path: Path) -> Look:
        return self._looks.collections.get(pattern_of(path), Look("flow"))

    def _bracketed(self, opening: str, closing: str, items: list[str], path: Path) -> str:
        pad = " " if items and self._look(path).padded else ""
        return f"{opening}{pad}{', '.join(items)}{pad}{closing}"


def indented(lines: Iterable[str], column: int) -> list[str]:
    """Lines that begin in a column."""
    return [f"{' ' * column}{line}" for line in lines]
