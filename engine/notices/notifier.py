"""Tells of what happened by every channel at once, and again where nobody took it.

Never holds anything up: each delivery is a task of its own. How many there are is bounded, and so
is how often each is tried.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from engine.notices.channel import Channel, DeliveryError, Notice

DELAYS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 60.0)
"""Seconds until each further try: for some minutes, as a server takes to come back."""

MOST_WAITING: Final = 200
"""Deliveries under way. More are not begun: somebody dials in a loop."""

PATIENCE: Final = 2.0
"""Seconds that a node which stops waits for deliveries."""

Report = Callable[[str, str], None]
"""A topic of the log, and a line."""


class Notifier:
    """All methods belong to the event loop's thread."""

    def __init__(self, report: Report, delays: Sequence[float] = DELAYS) -> None:
        self._report = report
        self._delays = delays
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent = self._failed = 0
        self._last_error: dict[str, Any] | None = None
        self.channels: tuple[Channel, ...] = ()
        """Who is told from now on."""

    def tell(self, notice: Notice) -> None:
        """Begin to tell everybody who wants to know."""
        for channel in self.channels:
            if not channel.wants(notice):
                continue
            if len(self._tasks) >= MOST_WAITING:
                self._lost(channel, notice, f"{MOST_WAITING} others are waiting")
                continue
            task = asyncio.create_task(self._deliver(channel, notice), name="notice")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def status(self) -> dict[str, Any]:
        """Counters since the start; times are epoch seconds."""
        return {
            "channels": [channel.name for channel in self.channels],
            "sent": self._sent,
            "failed": self._failed,
            "waiting": len(self._tasks),
            "last_error": self._last_error,
        }

    async def stop(self) -> None:
        """Give what is under way a moment, and no more."""
        self.channels = ()
        if self._tasks:
            _, unfinished = await asyncio.wait(self._tasks, timeout=PATIENCE)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def _deliver(self, channel: Channel, notice: Notice) -> None:
        for delay in (*self._delays, None):
            failure = await self._try(channel, notice)
            if failure is None:
                return
            if failure.final or delay is None:
                self._lost(channel, notice, failure.reason)
                return
            self._trouble(channel, notice, f"{failure.reason}; again in {delay:.0f} s")
            await asyncio.sleep(delay)

    async def _try(self, channel: Channel, notice: Notice) -> DeliveryError | None:
        try:
            remark = await channel.send(notice)
        except DeliveryError as failure:
            return failure
        except Exception as error:  # a defect of ours must not be silent either
            return DeliveryError(f"internal error: {type(error).__name__}", final=True)
        self._sent += 1
        self._report("call", f"{channel.name} knows of the {notice.title}")
        if remark:
            self._trouble(channel, notice, remark)
        return None

    def _lost(self, channel: Channel, notice: Notice, reason: str) -> None:
        self._failed += 1
        self._trouble(channel, notice, f"given up: {reason}")

    def _trouble(self, channel: Channel, notice: Notice, reason: str) -> None:
        self._last_error = {"channel": channel.name, "reason": reason, "time": time.time()}
        self._report("warning", f"{channel.name}, of the {notice.title}: {reason}")
