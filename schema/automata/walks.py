"""Walks of a given length through a graph, in order, without running into dead ends.

A graph is for each node its edges, (what to write down, node that follows), already in order.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

Sign = TypeVar("Sign", bound=Hashable)


class Graph(Generic[Sign]):
    """Edges by node, and the same edges backwards."""

    __slots__ = ("_edges", "_sources")

    def __init__(self, edges: Sequence[Sequence[tuple[Sign, int]]]) -> None:
        self._edges = edges
        self._sources: list[list[int]] = [[] for _ in edges]
        for node, leaving in enumerate(edges):
            for target in {target: None for _, target in leaving}:
                self._sources[target].append(node)

    def walks(self, start: int, ends: Iterable[int], length: int) -> Iterator[tuple[Sign, ...]]:
        """What is written down on each walk of `length` edges from `start` into `ends`."""
        hopeful = [set(ends)]
        for _ in range(length):
            hopeful.append({source for node in hopeful[-1] for source in self._sources[node]})
        if start in hopeful[length]:
            yield from self._onwards(start, hopeful, length, ())

    def _onwards(
        self, node: int, hopeful: Sequence[set[int]], left: int, written: tuple[Sign, ...]
    ) -> Iterator[tuple[Sign, ...]]:
        if not left:
            yield written
            return
        for sign, target in self._edges[node]:
            if target in hopeful[left - 1]:
                yield from self._onwards(target, hopeful, left - 1, (*written, sign))
