"""Telling phones to fetch: those whose files changed, and those that somebody names. Paced.

A fleet that fetches at once is an outage, and a phone that restarts in a call loses the call. So
phones are told one after another, and one in a call is told when the call is over.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from engine.desired import Desired
from engine.secrets import Secrets
from renderers.devices import changed_phones

RESYNC_RATE = 20.0
"""Phones that are told to fetch per second."""
LOOK_EVERY = 1.0
"""Seconds for which it holds who is in a call, for phones that do not restart."""

Notify = Callable[[str, str, str], int]
"""Sends an event to a user's device; returns how many contacts it was sent to."""


class Reminder(NamedTuple):
    """How one phone is told to fetch."""

    lines: tuple[str, ...]
    """The users that it is registered as."""
    event: str
    """As its family wants to hear it: the header Event of the NOTIFY."""
    restarts: bool
    """Whether the phone restarts at once when it hears that."""


def reminders(desired: Desired, macs: Iterable[str]) -> dict[str, Reminder]:
    """For those of these phones that are in the tree. Gateways do not register: they come by
    themselves."""
    models = desired.families.models
    found = {}
    for mac in macs:
        phone = desired.system.phones.get(mac)
        if phone is not None:
            told = models[phone.model][0].description.resync
            found[mac] = Reminder(phone.lines, told.event, told.reboot)
    return found


def _nobody() -> Collection[str]:
    """Nobody is in a call."""
    return ()


class Resync:
    """The phones that wait to be told, the first one first."""

    def __init__(
        self,
        notify: Notify,
        told: Callable[[int, int], None],
        in_call: Callable[[], Collection[str]] = _nobody,
    ) -> None:
        """`in_call` tells the users who are in calls that ring or were answered."""
        self._notify = notify
        self._told = told
        self._in_call = in_call
        self._task: asyncio.Task[None] | None = None
        self._waiting: dict[str, Reminder] = {}
        self._busy: Collection[str] = ()
        self._looked = 0.0

    async def changed(self, old: Desired, new: Desired, secrets: Secrets) -> frozenset[str]:
        """Find the phones that would read other bytes than before, and line them up."""
        if old.devices is new.devices:
            return frozenset()
        phones = await asyncio.to_thread(changed_phones, old.devices, new.devices, secrets)
        # By the old tree: the phone is registered as who it was, and is the model that it was.
        self.ask(reminders(old, sorted(phones)))
        return phones

    def ask(self, phones: Mapping[str, Reminder]) -> None:
        """Line up phones."""
        self._waiting.update(phones)
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._tell_all(), name="resync phones")

    def talking(self, reminder: Reminder) -> bool:
        """Whether one of the phone's users is in a call. A phone that would restart is looked at
        this very moment: its call may have begun just now."""
        now = time.monotonic()
        if reminder.restarts or now - self._looked >= LOOK_EVERY:
            self._busy, self._looked = self._in_call(), now
        return any(user in self._busy for user in reminder.lines)

    async def _tell_all(self) -> None:
        reached = asked = 0
        postponed = 0
        while self._waiting:
            mac = next(iter(self._waiting))
            reminder = self._waiting.pop(mac)
            if self.talking(reminder):
                self._waiting[mac] = reminder
                postponed += 1
                await asyncio.sleep(LOOK_EVERY if postponed >= len(self._waiting) else 0)
                continue
            postponed = 0
            asked += 1
            reached += self._tell(mac, reminder)
            await asyncio.sleep(1 / RESYNC_RATE)
        self._told(asked, reached)

    def _tell(self, mac: str, reminder: Reminder) -> bool:
        """One line that reaches the phone is enough: it fetches as a whole."""
        users = dict.fromkeys(reminder.lines)
        return any(self._notify(user, mac, reminder.event) for user in users)

    async def stop(self) -> None:
        """Forget who is still waiting: phones fetch at their own interval too."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
