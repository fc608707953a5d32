"""Phones are told to fetch one after another, and those in a call when it is over."""

import asyncio
import time

import pytest

from engine.services import resync as module
from engine.services.resync import RESYNC_RATE, Reminder, Resync


def told_by(*lines: str, restarts: bool = False) -> Reminder:
    """A phone with these lines."""
    return Reminder(lines, "check-sync", restarts)


async def settled(resync: Resync) -> None:
    """Until everybody was told."""
    while resync._task is not None and not resync._task.done():
        await asyncio.sleep(0.01)


async def test_a_fleet_is_told_at_twenty_a_second_in_order() -> None:
    told: list[tuple[str, str, float]] = []
    summary: list[tuple[int, int]] = []

    def notify(user: str, mac: str, _event: str) -> int:
        told.append((user, mac, time.monotonic()))
        return int(user != "a3")

    resync = Resync(notify, lambda asked, reached: summary.append((asked, reached)))
    resync.ask({f"m{number}": told_by(f"a{number}") for number in range(10)})
    await settled(resync)
    assert [mac for _, mac, _ in told] == [f"m{number}" for number in range(10)]
    assert told[-1][2] - told[0][2] >= 9 / RESYNC_RATE * 0.9
    assert summary == [(10, 9)]


async def test_a_phone_in_a_call_is_told_when_the_call_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.05)
    calls = {"bob"}
    told: list[str] = []

    def notify(_user: str, mac: str, _event: str) -> int:
        told.append(mac)
        return 1

    resync = Resync(notify, lambda *_: None, lambda: calls)
    resync.ask({"m1": told_by("bob", "alice"), "m2": told_by("carol")})
    assert resync.talking(told_by("bob"))
    await asyncio.sleep(0.3)
    assert told == ["m2"]
    calls.clear()
    await settled(resync)
    assert told == ["m2", "m1"]


async def test_a_phone_that_would_restart_is_looked_at_when_it_is_told() -> None:
    calls: set[str] = set()
    told: list[str] = []

    def notify(_user: str, mac: str, _event: str) -> int:
        told.append(mac)
        calls.update(("bob", "carol"))  # they call each other, just now
        return 1

    resync = Resync(notify, lambda *_: None, lambda: frozenset(calls))
    phones = {"m1": told_by("alice"), "m2": told_by("bob", restarts=True), "m3": told_by("carol")}
    resync.ask(phones)
    await asyncio.sleep(0.3)
    assert told == ["m1"]
    await resync.stop()


async def test_nobody_is_told_after_the_end() -> None:
    told: list[str] = []
    resync = Resync(lambda _user, mac, _event: told.append(mac) or 1, lambda *_: None)
    resync.ask({f"m{number}": told_by("a") for number in range(100)})
    await asyncio.sleep(0.12)
    await resync.stop()
    count = len(told)
    await asyncio.sleep(0.15)
    assert len(told) == count < 10
