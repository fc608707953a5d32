"""What a rule dials instead: a number, or a template with one `${EXTEN}` of Asterisk's.

    ${EXTEN}      what was dialled        ${EXTEN:2:3}  three characters from the third on
    ${EXTEN:2}    from the third on       ${EXTEN:-4}   the last four

Standard library only, because the route table's interpreter builds on it.
"""

import re
from functools import lru_cache
from typing import NamedTuple

_FORM = re.compile(r"([^$]*)(?:\$\{EXTEN(?::(-?[0-9]+)(?::([0-9]+))?)?\})?([^$]*)")


class Template(NamedTuple):
    """`before`, a part of the dialled number, `after`; no part when `constant`."""

    before: str
    after: str
    start: int = 0
    """Characters left out at the front; below zero: so many are kept at the end."""
    length: int | None = None
    """Characters kept from `start` on; None: all."""
    constant: bool = False

    def expand(self, number: str) -> str:
        """What is dialled in place of `number`."""
        if self.constant:
            return self.before
        end = None if self.length is None else self.start + self.length
        return self.before + number[self.start : end] + self.after


@lru_cache(maxsize=4096)
def parse_template(text: str) -> Template:
    """Read a template. ValueError for what the models would have refused."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a template")
    before, start, length, after = found.groups()
    if "$" not in text:
        return Template(text, "", constant=True)
    return Template(before, after, int(start or 0), int(length) if length else None)
