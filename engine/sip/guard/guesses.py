"""Wrong passwords counted by account: a guesser with many addresses is slowed all the same.

An account that is being guessed at is not locked: phones go on from the addresses where they are
registered. Only from elsewhere nobody is let in for some minutes, whether the password is right
or wrong, so that nothing is learnt by guessing. Only an emergency call goes on with the right one.
Names that nobody has are treated alike, or the
difference would tell which exist.
"""

from typing import Final

MOST: Final = 50
"""Wrong passwords in WINDOW from everywhere, until only known addresses are listened to."""
WINDOW: Final = 300.0
INVENTED: Final = 4096
"""Names of no account that are remembered."""


class Guesses:
    """Failures by account. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._accounts: dict[str, tuple[float, int]] = {}
        self._invented: dict[str, tuple[float, int]] = {}

    def __len__(self) -> int:
        """Names remembered."""
        return len(self._accounts) + len(self._invented)

    def add(self, user: str, exists: bool, now: float) -> None:
        """A wrong password for that name."""
        table = self._accounts if exists else self._invented
        if not exists and len(table) >= INVENTED:
            table.clear()
        since, count = table.get(user, (now, 0))
        table[user] = (now, 1) if now - since > WINDOW else (since, count + 1)

    def too_many(self, user: str, now: float) -> bool:
        """Whether that name has been guessed at so much that strangers have to wait."""
        since, count = self._accounts.get(user) or self._invented.get(user) or (now, 0)
        return count >= MOST and now - since <= WINDOW

    def forget_old(self, now: float) -> None:
        """Drop what no longer counts."""
        for table in (self._accounts, self._invented):
            for user in [user for user, (since, _) in table.items() if now - since > WINDOW]:
                del table[user]
