"""How many numbers there are, exactly, when tails make them infinitely many."""

from dataclasses import dataclass

from schema.automata.alphabet import ORDER


@dataclass(frozen=True, slots=True)
class Counts:
    """How many numbers of each length a set has."""

    lengths: tuple[int, ...]
    """Place n: of length n. From the last place on only tails are left, which take any character,
    so that each further length has as many times more as there are characters."""

    @property
    def infinite(self) -> bool:
        """Whether there are numbers of any length."""
        return self.lengths[-1] > 0

    @property
    def total(self) -> int | None:
        """All of them; None when there are infinitely many."""
        return None if self.infinite else sum(self.lengths)

    def of_length(self, length: int) -> int:
        """Those of exactly this length."""
        beyond = length - len(self.lengths) + 1
        if beyond <= 0:
            return self.lengths[length]
        return int(self.lengths[-1] * len(ORDER) ** beyond)

    def up_to(self, length: int) -> int:
        """Those that are not longer than this."""
        return sum(self.of_length(n) for n in range(length + 1))
