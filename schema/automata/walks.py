"""Walks through a graph, shorter ones first and then in order, without running into dead ends.

A graph is for each node its edges, (what to write down, node that follows), already in order.
"""

from collections.abc import Iterable, Iterator, Sequence

Edges = Sequence[tuple[str, int]]


class Graph:
    """Edges by node, and the same edges backwards."""

    __slots__ = ("_edges", "_sources")

    def __init__(self, edges: Sequence[Edges]) -> None:
        self._edges = edges
        self._sources: list[list[int]] = [[] for _ in edges]
        for node, leaving in enumerate(edges):
            for target in {target: None for _, target in leaving}:
                self._sources[target].append(node)

    def walks(
        self, start: int, ends: Iterable[int], shortest: int = 0
    ) -> Iterator[tuple[str, ...]]:
        """What is written down on each walk from `start` into `ends` of `shortest` edges or more.

        Goes on without end when the graph has a circle on the way.
        """
        hopeful = [set(ends)]
        while hopeful[-1]:
            if len(hopeful) > shortest:
                yield from self._onwards(start, hopeful, ())
            hopeful.append({source for node in hopeful[-1] for source in self._sources[node]})

    def _onwards(
        self, node: int, hopeful: Sequence[set[int]], written: tuple[str, ...]
    ) -> Iterator[tuple[str, ...]]:
        """Walks from here; `hopeful` are for each number of edges the nodes so far from the end."""
        left = len(hopeful) - 1 - len(written)
        if node not in hopeful[left]:
            return
        if not left:
            yield written
            return
        for sign, target in self._edges[node]:
            yield from self._onwards(target, hopeful, (*written, sign))
