"""How large an automaton may grow, and the error when it would grow larger.

Patterns that overlap at every position (`5XXXX`, `X5XXX`, `XX5XX` …) have more combinations than
any computer can list. Dial plans are far from it; whoever asks must be able to say so, though.
"""

MOST_STATES = 200_000
"""A plan of 5,000 rules has some 15,000 states."""


class TooComplexError(ValueError):
    """The patterns overlap in more ways than `limit` states can tell apart."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the patterns overlap in more than {limit} ways")
        self.limit = limit
