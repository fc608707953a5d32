"""An entry's values as leaves: ("settings", "timezone"), or an item of a list by what it says.

May know: plain data. May not: files.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Entry = tuple[str, str]
"""Section and id: ("users", "alice"), ("dialplan", "local"), ("system", "")."""


class Item(NamedTuple):
    """An item of a list: its value in one spelling, and how many equal ones come before it.

    Where in the list it stands is nothing: an item that others were put before is the same.
    """

    text: str
    before: int = 0


Leaf = tuple[str | Item, ...]
"""The path of a value in its entry."""

ENTRY: Leaf = ()
"""The leaf that stands for the entry being there at all."""

ONE_OR_MORE = frozenset({"did"})
"""Keys whose value may be a list or its only item."""


def leaves(value: Any) -> dict[Leaf, Any]:
    """All values of an entry, ENTRY among them. Empty collections are values of their own."""
    found: dict[Leaf, Any] = {ENTRY: None}
    if isinstance(value, Mapping):
        for key, inner in value.items():
            found.update(_below((str(key),), inner))
    elif value is not None:
        found.update(_below(("",), value))
    return found


def spelled(value: Any) -> str:
    """A value in one spelling: keys in one order, types told apart."""
    if isinstance(value, Mapping):
        return f"{{{','.join(sorted(f'{key!r}:{spelled(value[key])}' for key in value))}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(spelled, value))}]"
    return f"{type(value).__name__}:{_shown(value)}"


def _shown(value: Any) -> str:
    """The repr of a secret does not show what it names."""
    text = getattr(value, "text", None)
    return repr(value) if text is None else f"{value.kind} {text}"


def _below(path: Leaf, value: Any) -> Iterator[tuple[Leaf, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _below((*path, str(key)), inner)
    elif isinstance(value, list | tuple) and value:
        yield from _items(path, value)
    elif path[-1] in ONE_OR_MORE and value:
        yield from _items(path, [value])
    else:
        yield path, value


def _items(path: Leaf, values: Any) -> Iterator[tuple[Leaf, Any]]:
    seen: Counter[str] = Counter()
    for value in values:
        text = spelled(value)
        yield (*path, Item(text, seen[text])), value
        seen[text] += 1
