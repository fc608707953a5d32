"""How many connections there are and how long each may be silent.

aiohttp's protocol alone would wait for the rest of a request for ever. Here, a connection that
brings no complete request within SILENCE seconds is closed, whether it sends slowly, reads slowly
or does nothing; when there are too many, the longest silent one goes.
"""

import asyncio
import resource
from collections import OrderedDict
from dataclasses import dataclass, field

MOST = 4096
SILENCE = 20.0
_SWEEP = 2.0


def affordable() -> int:
    """How many connections one server may have: half of the files this process may open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else min(MOST, files // 2)


@dataclass(slots=True)
class Connections:
    """The open connections of one server, the longest silent first."""

    loop: asyncio.AbstractEventLoop
    limit: int = field(default_factory=affordable)
    silence: float = SILENCE
    _heard: OrderedDict[asyncio.Transport, float] = field(default_factory=OrderedDict)
    _timer: asyncio.TimerHandle | None = None

    def opened(self, transport: asyncio.Transport) -> None:
        """Admit a connection, at the cost of another one if need be."""
        if len(self._heard) >= self.limit:
            longest, _ = self._heard.popitem(last=False)
            longest.abort()
        self.heard(transport)
        if self._timer is None:
            self._timer = self.loop.call_later(min(_SWEEP, self.silence), self._sweep)

    def heard(self, transport: asyncio.Transport) -> None:
        """A complete request came."""
        self._heard[transport] = self.loop.time()
        self._heard.move_to_end(transport)

    def closed(self, transport: asyncio.Transport) -> None:
        """The connection is gone."""
        self._heard.pop(transport, None)

    def abort_all(self) -> None:
        """Close everything now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for transport in list(self._heard):
            transport.abort()
        self._heard.clear()

    def __len__(self) -> int:
        return len(self._heard)

    def _sweep(self) -> None:
        self._timer = None
        before = self.loop.time() - self.silence
        for transport, heard in list(self._heard.items()):
            if heard > before:
                break
            self.closed(transport)
            transport.abort()
        if self._heard:
            self._timer = self.loop.call_later(min(_SWEEP, self.silence), self._sweep)
