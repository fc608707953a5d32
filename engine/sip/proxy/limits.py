"""How many calls somebody may begin. Emergency calls are never one too many."""

from typing import Final

from engine.sip.calls import Calls
from engine.sip.errors import Refused
from engine.sip.flow import Flow
from engine.sip.guard import Guard
from engine.sip.guard.protection import PERIOD
from engine.sip.wire import Request
from schema.dialplan.decision import Caller, Decision

MOST_OF_GATEWAY: Final = 500
"""New calls of a gateway in PERIOD. At that rate those that ring just fit the table of calls, so
who forges a gateway's address cannot push the others out of it."""


class CallLimits:
    """Counts what gateways begin; what users have begun is in the table of calls."""

    def __init__(self, calls: Calls, guard: Guard) -> None:
        self._calls = calls
        self._guard = guard
        self._begun: dict[str, tuple[float, int]] = {}

    def check_rate(self, request: Request, caller: Caller, source: Flow, now: float) -> None:
        """Raises Refused: 503, without Retry-After, which would turn a gateway away for long.

        Nobody forges the address of a connection, nor any in a network that is trusted.
        """
        if caller.kind != "gateway" or request.method != "INVITE":
            return
        if source.reliable or self._guard.is_trusted(source.host):
            return
        since, count = self._begun.get(caller.id, (now, 0))
        if now - since >= PERIOD:
            since, count = now, 0
        self._begun[caller.id] = since, count + 1
        if count >= MOST_OF_GATEWAY and not self._guard.is_emergency_call(request):
            raise Refused(503)

    def permit(self, request: Request, caller: Caller, decision: Decision, limit: float) -> bool:
        """Whether a user has not placed `limit` calls. Raises Refused: 482.

        A stolen password must not become a hundred calls at a time.
        """
        placed = self._calls.occupancy.placed_by(caller.id) if caller.kind == "user" else 0
        if not placed or any(step.emergency for step in decision.steps):
            return True
        if (request.call_id, request.sender.tag) in self._calls:
            raise Refused(482, b"Merged Request")  # section 8.2.2.2; it would be counted as one
        return placed < limit
