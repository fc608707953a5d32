"""Dial plans of any size, such as a carrier's least-cost routing would export.

`patterns(count)` is deterministic: the same count gives the same patterns.
"""

import random
from collections.abc import Iterator
from itertools import islice

_OWN = ["911", "9911", "2XXX", "9NXXXXXX", "91NXXNXXXXXX", "9011.", "*8X.", "90."]


def patterns(count: int) -> list[str]:
    """Prefixes of countries and their networks, exchanges, and some that overlap with all."""
    return [*_OWN, *islice(_endless(random.Random(4)), max(0, count - len(_OWN)))][:count]


def _endless(drawn: random.Random) -> Iterator[str]:
    while True:
        kind = drawn.random()
        if kind < 0.45:
            digits = "".join(drawn.choices("0123456789", k=drawn.randint(1, 5)))
            yield f"9011{drawn.randint(1, 9)}{digits}."
        elif kind < 0.6:
            yield f"9011{drawn.randint(20, 99)}XXXX."
        elif kind < 0.97:
            yield f"91{drawn.randint(200, 989)}{drawn.randint(200, 999)}XXXX"
        else:
            yield drawn.choice(["9XXX[2-5]XX", "XXX%d", "9NXX%dXXX", "X%dXX"]).replace(
                "%d", str(drawn.randint(0, 9))
            )
