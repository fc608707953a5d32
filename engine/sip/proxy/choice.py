"""What final responses of branches mean: which is the answer, and which goes to the caller.

RFC 3261 section 16.7; what a gateway fails with is the gateway's to say.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from engine.sip.wire import Response

if TYPE_CHECKING:
    from engine.sip.proxy.branch import Target

GATEWAY_DECIDED: Final = (484, 486, 487)
"""Failures that say something about the callee, not about the gateway: no other one is tried."""


class Ending(NamedTuple):
    """How one branch ended: with a response, or with a status that we put in its place."""

    status: int
    response: Response | None
    elsewhere: bool = False
    """It says nothing of the callee: another address or another gateway may carry the request."""


_TELLING: Final = (401, 407, 415, 420, 484)
"""4xx that let the caller try again better: preferred (section 16.7 step 6)."""

_CHALLENGES: Final = (b"www-authenticate", b"proxy-authenticate")


def is_decided(target: "Target", ending: Ending) -> bool:
    """Whether a gateway's failure says something about the callee, and so is the answer."""
    if target.emergency:
        return False
    if ending.response is None or target.fails_on is None:
        return ending.status >= 600 or ending.status in GATEWAY_DECIDED
    return not any(first <= ending.status <= last for first, last in target.fails_on)


def best_of(finals: Sequence[Ending]) -> Ending:
    """6xx if there is one, else of the lowest class; within it what tells the caller most."""
    return min(finals, key=_rank) if finals else Ending(480, None)


def _rank(final: Ending) -> tuple[int, int, int]:
    status, response, elsewhere = final
    family = 0 if status >= 600 and not elsewhere else status // 100
    if status in _TELLING:
        preference = 0
    elif status == 503:
        preference = 9
    elif response is None or status in (408, 487):
        preference = 5
    else:
        preference = 1
    return family, preference, 0 if response is not None else 1


def other_challenges(best: Ending, finals: Sequence[Ending]) -> list[bytes]:
    """Challenges of the other branches, to go along with a 401 or 407 (section 16.7 step 7)."""
    if best.status not in (401, 407):
        return []
    return [
        line
        for final in finals
        if final is not best and final.response is not None and final.status in (401, 407)
        for name, line in zip(final.response.names, final.response.headers, strict=True)
        if name in _CHALLENGES
    ]
