"""Who is told of emergency calls, as a service: what `system.emergency` means to the notifier."""

import time
from collections.abc import Callable
from typing import Any

from engine.desired import Desired
from engine.emergency.channel import Channel
from engine.emergency.mail import Mailbox
from engine.emergency.notifier import Notifier, Report
from engine.emergency.record import EmergencyCalls
from engine.emergency.webhook import Webhook
from engine.sip import CallAnswered, CallEnded, EmergencyCall, SipEvent
from schema.models import System
from schema.models.system import EmergencyNotice


class EmergencyService:
    """Hears what the router tells, and tells it on."""

    def __init__(self, report: Report, clock: Callable[[], float] = time.time) -> None:
        """`report` takes a topic of the log and a line."""
        self._clock = clock
        self._notifier = Notifier(report)
        self._calls = EmergencyCalls()
        self._system: System | None = None

    async def apply(self, desired: Desired) -> None:
        """Tell those whom the tree names from now on."""
        self._system = desired.system
        self._notifier.channels = tuple(channels(desired.system.system.emergency))

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


def channels(wanted: EmergencyNotice) -> list[Channel]:
    """One for each webhook, and one for the mail."""
    found: list[Channel] = [Webhook(url, wanted.webhook_secret_file) for url in wanted.webhooks]
    if wanted.mail is not None:
        found.append(Mailbox(wanted.mail))
    return found
