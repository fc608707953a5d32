"""Numbers in the names of parameters: those of lines, keys and expansion modules.

{n} and {m} are the numbers themselves; {n0} is {n} less one, for vendors who count from 0. Where
a vendor has no rule, they are listed: P{35|404|504} is P35 on the first line, P404 on the second.
"""

import re
from functools import lru_cache

_LIST = re.compile(r"\{([0-9]+(?:\|[0-9]+)+)\}")


def has_number(native: str) -> bool:
    """Whether each line or key has such a parameter of its own."""
    return "{n}" in native or "{n0}" in native or _LIST.search(native) is not None


@lru_cache(maxsize=65536)
def numbered(native: str, number: int, module: int = 0) -> tuple[str, ...]:
    """The parameter of one line or key; none where the vendor's list has ended before."""
    listed = _LIST.search(native)
    if listed is not None:
        numbers = listed[1].split("|")
        if number > len(numbers):
            return ()
        native = native.replace(listed[0], numbers[number - 1])
    counted = native.replace("{n}", str(number)).replace("{n0}", str(number - 1))
    return (counted.replace("{m}", str(module)),)


def written_out(native: str) -> tuple[str, ...]:
    """Every parameter that is meant, {n} and {m} as they stand."""
    listed = _LIST.search(native)
    if listed is None:
        return (native,)
    return tuple(native.replace(listed[0], number) for number in listed[1].split("|"))
