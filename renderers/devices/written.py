"""Names of parameters and their values as lines of a file: made once for what many phones share.

A phone with one line of sixteen has hundreds of parameters that only clear what it does not use,
the same as on every phone like it.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial

from markupsafe import escape

from renderers.devices.escape import FINALIZERS, Format, Written
from renderers.devices.setting import Pair

_WORD = re.compile(r"\{(name|value)\}")
_LONGEST = 200
"""Characters of a pattern: whoever writes thousands of lines by a longer one fills the memory."""


class Repeated(tuple[Pair, ...]):
    """Pairs that many phones have, with what they came to as text, by format and pattern."""

    texts: dict[tuple[Format, str], Written]

    def __new__(cls, pairs: Iterable[Pair]) -> "Repeated":
        """A tuple like any other, and equal to one."""
        made = super().__new__(cls, pairs)
        made.texts = {}
        return made


def writer(format_: Format) -> Callable[[Iterable[Pair], str], Written]:
    """The filter `written` of a format: {{ device.parameters|written("{name} = {value}") }}."""
    finalize = FINALIZERS[format_]

    def safe(value: object) -> str:
        text = finalize(value)
        return str(escape(text)) if format_ == "xml" else str(text)

    @lru_cache(maxsize=65536)
    def line(pattern: str, pair: Pair) -> str:
        name, value = pair
        words = {"name": safe(name), "value": safe(value)}
        return "".join(words[part] if at % 2 else part for at, part in enumerate(_parts(pattern)))

    def written(pairs: Iterable[Pair], pattern: str) -> Written:
        if len(pattern) > _LONGEST or "\n" in pattern:
            raise ValueError(f"a pattern is one line of at most {_LONGEST} characters")
        known = pairs.texts.get((format_, pattern)) if isinstance(pairs, Repeated) else None
        if known is None:
            known = Written("\n".join(map(partial(line, pattern), pairs)))
            if isinstance(pairs, Repeated):
                pairs.texts[format_, pattern] = known
        return known

    return written


@lru_cache(maxsize=256)
def _parts(pattern: str) -> list[str]:
    """Text and words in turn."""
    return _WORD.split(pattern)
