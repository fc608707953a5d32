"""Who is told of emergency calls, as a service: what `system.emergency` means to the notifier."""

import time
from collections.abc import Callable
from typing import Any

from engine.desired import Desired
from engine.emergency.record import EmergencyCalls
from engine.notices.channels import channels
from engine.notices.notifier import Notifier, Report
from engine.secrets import SecretReader
from engine.sip import CallAnswered, CallEnded, EmergencyCall, SipEvent
from schema.models import System

SECTION = "system/emergency"


class EmergencyService:
    """Hears what the router tells, and tells it on."""

    def __init__(
        self, report: Report, secrets: SecretReader, clock: Callable[[], float] = time.time
    ) -> None:
        """`report` takes a topic of the log and a line."""
        self._clock = clock
        self._secrets = secrets
        self._notifier = Notifier(report)
        self._calls = EmergencyCalls()
        self._system: System | None = None

    async def apply(self, desired: Desired) -> None:
        """Tell those whom the tree names from now on."""
        self._system = desired.system
        self._notifier.channels = tuple(
            channels(desired.system.system.emergency, SECTION, self._secrets)
        )

    async def stop(self) -> None:
        """Tell nobody any more."""
        await self._notifier.stop()

    def heard(self, event: SipEvent) -> None:
        """Of every event of the router: of most it is none of our business."""
        notice = None
        if type(event) is CallEnded:
            notice = self._calls.ended(event, self._clock())
        elif type(event) is CallAnswered:
            notice = self._calls.answered(event, self._clock())
        elif type(event) is EmergencyCall and self._system is not None:
            notice = self._calls.begin(event, self._system, self._clock())
        if notice is not None:
            self._notifier.tell(notice)

    def status(self) -> dict[str, Any]:
        """The last emergency calls, and what became of their notices."""
        return {"calls": self._calls.last(), "notices": self._notifier.status()}
