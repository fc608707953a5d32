"""Every number up to a length, random patterns, and the plainest reading of both: `re`."""

import itertools
import re
from functools import cache

from hypothesis import strategies as st

from schema.dialplan.pattern import ALPHABET

ORDER = "0123456789*#+"
SYMBOLS = st.sampled_from(["0", "1", "2", "9", "*", "+", "X", "Z", "N", "[13-5]", "[02*]"])


def patterns(most_symbols: int) -> st.SearchStrategy[str]:
    """Patterns that numbers one longer than `most_symbols` tell apart."""
    symbols = st.lists(SYMBOLS, max_size=most_symbols).map("".join)
    tails = st.sampled_from(["", "", "", ".", "!"])
    return st.builds(str.__add__, symbols, tails).filter(bool)


PATTERNS = patterns(3)


@cache
def every_number(longest: int, shortest: int = 0) -> tuple[str, ...]:
    """Shorter ones first, then by ORDER."""
    assert set(ORDER) == set(ALPHABET)
    lengths = range(shortest, longest + 1)
    return tuple("".join(n) for k in lengths for n in itertools.product(ORDER, repeat=k))


@cache
def matched(pattern: str, longest: int) -> frozenset[str]:
    """The numbers, not longer than that, that a pattern matches."""
    expression = re.compile(_expression(pattern))
    return frozenset(n for n in every_number(longest) if expression.fullmatch(n))


def _expression(pattern: str) -> str:
    classes = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": "[0-9*#+]+", "!": "[0-9*#+]*"}
    symbols = re.findall(r"\[.*?\]|.", pattern)
    return "".join(classes.get(s) or (s if len(s) > 1 else re.escape(s)) for s in symbols)
