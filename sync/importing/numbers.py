"""Extensions for people to whom the source gives none.

Who has one keeps it. Else the lowest free number that was never given, and only when all were
given once, one that somebody had who is gone: calls for them would reach a stranger. May know:
numbers. May not: people.
"""

from collections.abc import Collection, Iterator, Mapping

from sync.importing.policy import Range


class Numbers:
    """Gives numbers of a range. `given` are all that ever were, with whom to."""

    def __init__(self, range_: Range | None, given: Mapping[str, str]) -> None:
        self._given = given
        self._of = {source_id: number for number, source_id in given.items()}
        self._range = range_
        self._fresh = (number for number in self.all() if number not in given)
        self._used = iter([number for number in self.all() if number in given])

    def all(self) -> Iterator[str]:
        """The numbers of the range, lowest first."""
        if self._range is not None:
            width = len(self._range.first)
            for number in range(int(self._range.first), int(self._range.last) + 1):
                yield str(number).zfill(width)

    def next(self, source_id: str, taken: Collection[str]) -> str | None:
        """A free number for somebody, what they had before if possible; None: there is none."""
        before = self._of.get(source_id)
        if before is not None and before not in taken and self._holds(before):
            return before
        for numbers in (self._fresh, self._used):
            for number in numbers:
                if number not in taken:
                    return number
        return None

    def _holds(self, number: str) -> bool:
        if self._range is None or len(number) != len(self._range.first) or not number.isdigit():
            return False
        return int(self._range.first) <= int(number) <= int(self._range.last)
