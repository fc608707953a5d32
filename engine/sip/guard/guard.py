"""The guard at the door: budgets of messages, blame, and bans by source.

For a welcome message it costs one look-up and one subtraction (see SipCore.receive): each source
has a number of messages left, and only when that is used up is anything asked here. A banned
source has minus infinity left, a gateway infinity.

What is right for callers comes first. Where somebody has registered, the budget is large and
nothing leads to a ban: behind an office's one address there may be a phone with a wrong password,
a scanner on somebody's laptop, and two hundred people who need to call. Messages with credentials
have a budget of their own, so that an office whose phones all come back at once gets in while most
of its first, unauthenticated requests are refused. Emergency calls from a known source pass.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from engine.sip.events import Banned, SipEvent, Unbanned
from engine.sip.guard.guesses import Guesses
from engine.sip.guard.protection import PERIOD, Protection
from engine.sip.guard.scanners import beginnings
from engine.sip.guard.standing import Standing, Standings, within
from engine.sip.wire import Request, SipParseError
from engine.sip.wire.uri import SOS

PROVED_FOR: Final = 3600.0
"""Seconds that a proof counts, beyond the end of the registration that it was for."""
STRIKES: Final = 5
"""Budgets overrun twofold, one after another, until a stranger is banned: ten seconds of flood."""
MOST_BANS: Final = 16_384

# Blame, of which MOST_BLAME within the time of a ban leads to one.
MALFORMED: Final = 5
UNPROVED: Final = 1
MOST_BLAME: Final = 100

_CREDENTIALS: Final = re.compile(rb"\n(?:Proxy-)?Authorization[ \t]*:", re.IGNORECASE)
_CALLED: Final = re.compile(rb"INVITE (?:sips?:([^@:; ]{1,32})@|urn:service:sos[ .])")


class Ban(NamedTuple):
    """A source that is ignored. `until` is in seconds of the guard's clock."""

    address: str
    """IPv4 address, or IPv6 network."""
    reason: str
    until: float


def no_number(_number: str) -> bool:
    """No emergency numbers are known."""
    return False


class Guard:
    """Standing of every source. `clock` tells the time of the message or timer at hand."""

    def __init__(
        self, sink: Callable[[SipEvent], None], counts: Counter[str], clock: Callable[[], float]
    ) -> None:
        self._sink = sink
        self._counts = counts
        self._clock = clock
        self._standings = Standings()
        self._bans: dict[str, Ban] = {}
        self._swept = 0.0
        self.guesses = Guesses()
        self.by_host = self._standings.by_host
        self.configure(Protection(), (), no_number)

    def configure(
        self, protection: Protection, exempt: Iterable[str], emergency: Callable[[str], bool]
    ) -> None:
        """Other limits, other addresses that are never limited, other emergency numbers."""
        self._protection = protection
        self._trusted: dict[str, bool] = {}
        self._scanners = beginnings(protection.scanners)
        self.is_emergency = emergency
        """Whether a number is one that nobody is refused for being one too many."""
        self._standings.exempt((*protection.trusted, *exempt))
        for ban in [ban for ban in self._bans.values() if self._no_longer(ban)]:
            self._end(ban, "lifted")

    def is_trusted(self, gateway: str) -> bool:
        """Whether a gateway's address is in a network that is never limited."""
        known = self._trusted.get(gateway)
        if known is None:
            known = self._trusted[gateway] = within(gateway, self._protection.trusted)
        return known

    def _no_longer(self, ban: Ban) -> bool:
        return self._standings.find(ban.address) is None

    def __len__(self) -> int:
        """Sources remembered."""
        return len(self._standings)

    # Admission

    def meet(self, host: str) -> Standing:
        """The standing of an address that `by_host` does not know."""
        standing = self._standings.meet(host)
        if standing.name in self._bans:  # it was forgotten, the ban was not
            standing.left = -math.inf
        return standing

    def ignores(self, host: str) -> bool:
        """Whether an address is banned."""
        return (self.by_host.get(host) or self.meet(host)).left == -math.inf

    def more(self, standing: Standing, data: bytes) -> bool:
        """Whether to listen to a message although nothing is left of its source's budget."""
        if standing.left == -math.inf:
            self._counts["dropped from banned sources"] += 1
            return False
        if self._clock() - standing.since >= PERIOD:
            if self._floods(standing):
                return False
            self._refill(standing)
            return True
        standing.refused += 1
        if self._urgent(standing, data):
            return True
        self._counts["dropped over the rate"] += 1
        return False

    def _floods(self, standing: Standing) -> bool:
        """Count budgets that were overrun twofold one after another; ban after STRIKES."""
        over = standing.refused > self._protection.stranger_requests
        at_once = self._clock() - standing.since < STRIKES * PERIOD
        standing.strikes = standing.strikes + 1 if over and at_once else 0
        if standing.stranger and standing.strikes >= STRIKES:
            self.ban(standing, "flood")
            return True
        return False

    def _refill(self, standing: Standing) -> None:
        now, limits = self._clock(), self._protection
        standing.since, standing.refused = now, 0
        standing.stranger = now > standing.proved_until
        whole = limits.stranger_requests if standing.stranger else limits.known_requests
        standing.left = whole - 1
        standing.proofs = limits.stranger_requests

    def _urgent(self, standing: Standing, data: bytes) -> bool:
        """Credentials of a stranger, an emergency call of somebody known."""
        if standing.stranger:
            if standing.proofs > 0 and _CREDENTIALS.search(data):
                standing.proofs -= 1
                return True
            return False
        called = _CALLED.match(data)
        if called is None or called[1] is None:
            return called is not None
        return self.is_emergency(called[1].decode("utf-8", "replace"))

    def is_emergency_call(self, request: Request) -> bool:
        """Whether a request is a call for help."""
        if request.method != "INVITE":
            return False
        try:
            called = request.target
            return called is SOS or self.is_emergency(called.user)
        except SipParseError:
            return False

    def scans(self, standing: Standing, user_agent: bytes | None, certain: bool) -> bool:
        """Whether a stranger's User-Agent is a scanner's: it gets no answer.

        It is banned when it is certain that the message is from there. One forged datagram must
        not be enough to keep a phone that nobody has heard of yet from calling for help.
        """
        if user_agent is None or not user_agent.lower().startswith(self._scanners):
            return False
        if certain:
            self.ban(standing, "scanner")
        else:
            self._counts["dropped from scanners"] += 1
        return True

    # What is learnt of a source later

    def prove(self, host: str, seconds: float = 0.0) -> None:
        """A user has proved who they are; `seconds` is how long they are registered."""
        standing = self.by_host.get(host) or self.meet(host)
        standing.proved_until = max(
            standing.proved_until, self._clock() + max(seconds, 0.0) + PROVED_FOR
        )
        if standing.stranger:
            standing.stranger = False
            standing.left = self._protection.known_requests
            standing.blame = standing.guesses = standing.strikes = 0

    def accuse(self, host: str, points: int, reason: str) -> None:
        """A stranger did something wrong: after too much of it the source is banned."""
        standing = self._suspect(host)
        if standing is not None:
            standing.blame += points
            if standing.blame >= MOST_BLAME:
                self.ban(standing, reason)

    def note_guess(self, host: str) -> None:
        """A wrong password: after too many the source is banned, if it is a stranger's."""
        standing = self._suspect(host)
        if standing is not None:
            standing.guesses += 1
            if standing.guesses >= self._protection.wrong_passwords:
                self.ban(standing, "password")

    def _suspect(self, host: str) -> Standing | None:
        """The standing of a stranger; what is long ago is forgiven."""
        standing = self.by_host.get(host) or self.meet(host)
        if not standing.stranger or standing.left == -math.inf:
            return None
        now = self._clock()
        if now - standing.blamed_since > self._protection.ban_seconds:
            standing.blame = standing.guesses = 0
            standing.blamed_since = now
        return standing

    # Bans

    def ban(self, standing: Standing, reason: str) -> None:
        """Ignore a source for a while."""
        seconds = self._protection.ban_seconds
        if len(self._bans) >= MOST_BANS:
            self._end(next(iter(self._bans.values())), "forgotten")
        standing.left = -math.inf
        self._bans[standing.name] = Ban(standing.name, reason, self._clock() + seconds)
        self._counts[f"bans {reason}"] += 1
        self._sink(Banned(standing.name, reason, round(seconds)))

    def bans(self) -> list[Ban]:
        """Sources that are ignored now."""
        return list(self._bans.values())

    def banned(self, host: str) -> bool:
        """Whether an address is ignored now."""
        return bool(self._bans) and self._standings.source_of(host) in self._bans

    def lift(self, address: str) -> bool:
        """End a ban. False: there is none of that address or network."""
        ban = self._bans.get(address) or self._bans.get(self._standings.source_of(address))
        if ban is not None:
            self._end(ban, "lifted")
        return ban is not None

    def advance(self) -> None:
        """Once a second: end bans that are over."""
        now = self._clock()
        if now - self._swept < 1.0:
            return
        self._swept = now
        for ban in [ban for ban in self._bans.values() if ban.until <= now]:
            self._end(ban, "expired")
        self.guesses.forget_old(now)

    def _end(self, ban: Ban, reason: str) -> None:
        del self._bans[ban.address]
        standing = self._standings.find(ban.address)
        if standing is not None:
            standing.left = standing.blame = standing.guesses = standing.strikes = 0
            standing.since = -math.inf
        self._sink(Unbanned(ban.address, reason))
