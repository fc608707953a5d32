"""The parameters that a family knows: those it renders, and those a tree may pass through."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Parameters as the family's files list them: {n} stands for any number."""

    entries: frozenset[str]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        numbered = (entry for entry in self.entries if "{n}" in entry)
        return re.compile("|".join(map(_expression, sorted(numbered))) or r"(?!)")

    def __contains__(self, native: object) -> bool:
        """Whether `native`, with a number or {n}, {n0}, {m} in it, is one of them."""
        return self.entry(str(native)) is not None

    def entry(self, native: str) -> str | None:
        """The entry that a parameter is one of: "account.2.label" is "account.{n}.label"."""
        if native in self.entries:
            return native
        plain = re.sub(r"\{(?:n0?|m)\}", "1", native)
        if self._pattern.fullmatch(plain) is None:
            return None
        return next(one for one in self._numbered if one[1].fullmatch(plain))[0]

    @cached_property
    def _numbered(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        found = (entry for entry in sorted(self.entries) if "{n}" in entry)
        return tuple((entry, re.compile(_expression(entry))) for entry in found)


def vocabulary(text: str) -> Vocabulary:
    """One parameter a line; blank lines and those that begin with "# " say nothing."""
    return Vocabulary(frozenset(_entries(text.splitlines())))


def _entries(lines: Iterable[str]) -> Iterable[str]:
    return (line.strip() for line in lines if line.strip() and not line.startswith("# "))


def _expression(entry: str) -> str:
    return r"\d+".join(map(re.escape, entry.split("{n}")))
