"""Looks at the drift of a node: slowly and again and again, or at once when somebody asks.

Whether a phone has what it should may take rendering its files, so a look goes through the phones
a few at a time and lets calls pass in between.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from engine.drift.files import file_troubles
from engine.drift.found import Drift
from engine.profiles import Profiles
from engine.state import StateDirectory
from engine.store import Store

EVERY: Final = 60.0
"""Seconds between two looks that nobody asked for."""

AT_ONCE: Final = 5
"""Phones that are looked at before others have their turn,"""
PAUSE: Final = 0.01
"""and seconds until the next ones, when nobody waits for the answer."""

MOST_NAMED: Final = 1000
"""Phones, and parameters set by hand, that are kept by name."""


class Lookout:
    """All methods belong to the event loop's thread."""

    def __init__(
        self,
        phones: Callable[[], Iterable[str]],
        profiles: Profiles,
        store: Store,
        registered: Callable[[], set[tuple[str, str]]],
        on_disk: Callable[[], tuple[StateDirectory, str | None, Path | None]],
        crashed: Callable[[BaseException], None],
    ) -> None:
        """`registered` is who is, by the registrar; `on_disk` gives what file_troubles takes;
        `crashed` is told of looks that failed."""
        self._crashed = crashed
        self._phones = phones
        self._profiles = profiles
        self._store = store
        self._registered = registered
        self._on_disk = on_disk
        self._turn = asyncio.Lock()
        self._asked = 0
        self.latest: Drift | None = None

    async def watch(self) -> None:
        """Look again and again; runs until cancelled."""
        while True:
            try:
                await self._look()
            except Exception as error:  # a full disk, a defect: the next look may go better
                self._crashed(error)
            await asyncio.sleep(EVERY)

    async def look(self) -> Drift:
        """Look now; another look that is under way makes haste and is waited for."""
        self._asked += 1
        try:
            return await self._look()
        finally:
            self._asked -= 1

    async def _look(self) -> Drift:
        async with self._turn:
            at = time.time()
            states = await self._states()
            by_hand = await self._by_hand()
            files = await asyncio.to_thread(lambda: tuple(file_troubles(*self._on_disk())))
            database = await self._database()
            counts = list(states.values())
            behind = [mac for mac, state in states.items() if state == "behind"]
            self.latest = Drift(
                at, tuple(behind[:MOST_NAMED]), counts.count("never"), counts.count("current"),
                tuple(by_hand[:MOST_NAMED]), files, database,
            )  # fmt: skip
            return self.latest

    async def _states(self) -> Mapping[str, str]:
        states = {}
        for number, mac in enumerate(list(self._phones())):
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0.0 if self._asked else PAUSE)
            states[mac] = self._profiles.state(mac)
        return states

    async def _by_hand(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        known = set(self._phones())
        for mac in await asyncio.to_thread(self._store.phones.overridden):
            if mac in known and len(found) < MOST_NAMED:
                sent = await asyncio.to_thread(self._store.phones.uploads, mac)
                found += (
                    {"mac": mac, **each} for each in self._profiles.changed_by_hand(mac, sent)
                )
        return found

    async def _database(self) -> tuple[str, ...]:
        """What the store does not know yet may be on its way: what is wrong twice is wrong."""
        first = await self._differences()
        if not first:
            return ()
        await asyncio.sleep(2.5)  # registrations are written behind, once a second
        return tuple(_told(first & await self._differences()))

    async def _differences(self) -> set[tuple[str, str]]:
        stored = await asyncio.to_thread(self._store.registered)
        return stored ^ self._registered()


def _told(differences: set[tuple[str, str]]) -> Iterator[str]:
    if differences:
        users = sorted({user for user, _ in differences})
        named = ", ".join(users[:5]) + (", …" if len(users) > 5 else "")
        yield (
            f"the store does not agree with the registrar about {len(differences)} "
            f"registrations, of {named}: a restart would lose or revive them"
        )
