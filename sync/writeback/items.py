"""Items taken out of and put into one collection, in block or flow style.

May know: splices, where the items of a collection stand. May not: what they say.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sync.writeback.splices import LINE_END, Splicer

KEEPING = re.compile(r"[|>][1-9]?\+")
BLANK_LINES = re.compile(r"(?:[ \t]*(?:\r\n|\n|\r))*")
SPACES = re.compile(" *")


class Item(NamedTuple):
    """Where one item of a collection stands: from its key or dash to the end of its value."""

    begin: int
    end: int


@dataclass
class Change:
    """What happens to a collection's items.

    `added` maps the index of the item that new ones follow (-1: they come first) to them, as
    whatever the writer takes.
    """

    removed: set[int] = field(default_factory=set)
    added: dict[int, list[Any]] = field(default_factory=dict)


def change_block(
    splicer: Splicer, items: Sequence[Item], change: Change, lines_of: Callable[[Any], list[str]]
) -> None:
    """Take out and put in whole lines. Not all items may go."""
    apart = _are_apart(splicer, items)
    first = _remove_from_a_dash(splicer, items, change.removed)
    for index in sorted(change.removed):
        if index >= first:
            splicer.cut_lines(items[index].begin, items[index].end)
    for after, values in change.added.items():
        lines = [line for value in values for line in (*[""] * apart, *lines_of(value))]
        if after >= 0:
            splicer.put_lines(behind(splicer, items[after]), lines)
        else:
            _put_first(splicer, items[0], lines, apart)


def behind(splicer: Splicer, item: Item) -> int:
    """Where the line after an item begins; blank lines may belong to a `|+` at its end."""
    at = splicer.next_line(item.end)
    if KEEPING.search(splicer.text, item.begin, item.end):
        blank = BLANK_LINES.match(splicer.text, at)
        at = blank.end() if blank else at
    return at


def _are_apart(splicer: Splicer, items: Sequence[Item]) -> bool:
    """Whether a blank line stands between the last two items."""
    if len(items) < 2:
        return False
    between = splicer.text[items[-2].end : items[-1].begin]
    return any(not line.strip() for line in between.splitlines()[1:-1])


def _remove_from_a_dash(splicer: Splicer, items: Sequence[Item], removed: set[int]) -> int:
    """`- rule: x` keeps its dash when the key behind it goes. The first index that is left."""
    if 0 not in removed or splicer.begins_line(items[0].begin):
        return 0
    first = next(index for index in range(len(items)) if index not in removed)
    if "#" in splicer.text[items[0].end : items[first].begin]:  # a comment would go along
        splicer.put(items[0].begin, items[0].end, "")
        return 1
    splicer.put(items[0].begin, items[first].begin, "")
    return first


def _put_first(splicer: Splicer, item: Item, lines: list[str], apart: bool) -> None:
    if splicer.begins_line(item.begin):
        splicer.put_lines(splicer.line_start(item.begin), [*lines[apart:], *[""] * apart])
        return
    # Behind a dash: the new item takes its place, the old one goes to a line of its own.
    column = splicer.column(item.begin)
    body = splicer.line_end.join(lines[apart:]).lstrip(" ")
    splicer.put(item.begin, item.begin, f"{body}{splicer.line_end}{' ' * column}")


def change_flow(
    splicer: Splicer, items: Sequence[Item], change: Change, text_of: Callable[[Any], str]
) -> None:
    """Take out and put in between brackets. Not all items may go."""
    first_of_tail = _remove_tail(splicer, items, change.removed)
    for index in sorted(change.removed):
        if index < first_of_tail:
            _remove(splicer, items, index)
    for after, values in change.added.items():
        _insert(splicer, items, after, [text_of(value) for value in values])


def _remove_tail(splicer: Splicer, items: Sequence[Item], removed: set[int]) -> int:
    """Take out the last items with the comma before them, if they share its line.

    The index of the first that was taken out.
    """
    first = len(items)
    while first - 1 in removed:
        first -= 1
    start, end = items[first - 1].end, items[-1].end
    if first == len(items) or LINE_END.search(splicer.text, start, end):
        return len(items)
    splicer.put(start, end, "")
    return first


def _remove(splicer: Splicer, items: Sequence[Item], index: int) -> None:
    begin, end = items[index]
    comma = splicer.comma(end)
    past = end if comma is None else comma + 1
    if splicer.begins_line(begin) and splicer.ends_line(past):
        splicer.cut_lines(begin, past)
        return
    spaces = SPACES.match(splicer.text, past)
    splicer.put(begin, spaces.end() if spaces else past, "")


def _insert(splicer: Splicer, items: Sequence[Item], after: int, texts: list[str]) -> None:
    if after < 0:
        splicer.put(items[0].begin, items[0].begin, "".join(f"{text}, " for text in texts))
        return
    item = items[after]
    if not splicer.begins_line(item.begin):
        splicer.put(item.end, item.end, "".join(f", {text}" for text in texts))
        return
    comma = splicer.comma(item.end)
    past = item.end if comma is None else comma + 1
    lines = [f"{' ' * splicer.column(item.begin)}{text}," for text in texts]
    if not splicer.ends_line(past):  # the bracket or the next item follows
        body = "".join(f",{splicer.line_end}{line[:-1]}" for line in lines)
        splicer.put(item.end, item.end, body)
        return
    if comma is None:
        splicer.put(item.end, item.end, ",")
        lines[-1] = lines[-1][:-1]
    splicer.put_lines(splicer.next_line(past), lines)
