"""Emergency calls as they go on, and the last of them for the status.

Turns the SIP engine's events into notices. Reads no clock and sends nothing.
"""

import secrets
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.emergency.notice import Notice, who_is
from engine.sip import CallAnswered, CallEnded, EmergencyCall
from schema.models import System

SHOWN: Final = 10
"""Calls that the status tells."""
MOST_UNDER_WAY: Final = 1000
"""Calls whose end is waited for; beyond it the oldest is no longer followed."""

_Key = tuple[str, str]
"""Call-ID and user."""


@dataclass(slots=True)
class _Call:
    placed: Notice
    state: str
    gateway: str = ""
    status: int = 0

    def as_json(self) -> Mapping[str, Any]:
        notice = self.placed
        return {
            "time": notice.time,
            **notice.who._asdict(),
            "number": notice.number,
            "callback": notice.callback,
            "gateways": list(notice.gateways),
            "state": self.state,
            "gateway": self.gateway,
            "status": self.status,
        }


class EmergencyCalls:
    """The calls under way, and the last ones."""

    def __init__(self) -> None:
        self._under_way: OrderedDict[_Key, _Call] = OrderedDict()
        self._last: deque[_Call] = deque(maxlen=SHOWN)

    def begin(self, event: EmergencyCall, system: System, now: float) -> Notice:
        """Somebody calls for help."""
        notice = Notice(
            "emergency.placed" if event.gateways else "emergency.refused",
            secrets.token_hex(8),
            system.system.domain,
            event.call_id,
            who_is(system, event.caller, event.site),
            event.number,
            event.callback,
            event.gateways,
            now,
        )
        call = _Call(notice, "placed" if event.gateways else "refused")
        self._last.append(call)
        if event.gateways:
            self._under_way[event.call_id, event.caller] = call
            if len(self._under_way) > MOST_UNDER_WAY:
                self._under_way.popitem(last=False)
        return notice

    def answered(self, event: CallAnswered, now: float) -> Notice | None:
        """A gateway took a call; None when it is no emergency call."""
        call = self._under_way.get((event.call_id, event.caller))
        if call is None:
            return None
        call.state, call.gateway = "answered", event.target
        return _later(call, "emergency.answered", now)

    def ended(self, event: CallEnded, now: float) -> Notice | None:
        """A call is over; None when it is no emergency call."""
        call = self._under_way.pop((event.call_id, event.caller), None)
        if call is None:
            return None
        call.state, call.status = "ended", event.status
        return replace(
            _later(call, "emergency.ended", now), status=event.status, seconds=event.seconds
        )

    def last(self) -> list[Mapping[str, Any]]:
        """The last calls, newest first."""
        return [call.as_json() for call in reversed(self._last)]


def _later(call: _Call, event: Any, now: float) -> Notice:
    return replace(
        call.placed, event=event, id=secrets.token_hex(8), time=now, gateway=call.gateway
    )
