"""The self-test: a real call through the running system, between two accounts lent for it.

It goes the way that phones go: over the network, with digest authentication, through registrar,
route table and proxy. Reconcile uses it as health check, `pbx selftest` prints what it did.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.selftest.endpoint import Endpoint, SelfTestError

SELFTEST_PREFIX = "selftest-"
"""How the names of lent accounts begin."""


class Lender(Protocol):
    """The router: it makes accounts that exist for one test only and reach only each other."""

    def lend_account(self, user: str, password: str) -> None: ...
    def return_account(self, user: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, and how long it took."""

    name: str
    milliseconds: float


@dataclass(slots=True)
class Report:
    """What the self-test did. `error` is None when all of it worked."""

    steps: list[Step] = field(default_factory=list)
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the call went through."""
        return self.error is None

    def as_json(self) -> dict[str, Any]:
        """The shape that the control API answers."""
        steps = [{"name": s.name, "milliseconds": round(s.milliseconds, 2)} for s in self.steps]
        return {"ok": self.ok, "error": self.error, "steps": steps}


async def selftest(lender: Lender, domain: str, server: tuple[str, int]) -> Report:
    """Register two temporary users over UDP at `server`, let one call the other, remove both."""
    report = Report()
    try:
        async with _pair(lender, domain, server) as (caller, callee):
            await _run(report, caller, callee)
    except (SelfTestError, OSError) as error:
        report.error = str(error)
    return report


async def _run(report: Report, caller: Endpoint, callee: Endpoint) -> None:
    await _timed(report, f"register {caller.user}", caller.register(60))
    await _timed(report, f"register {callee.user}", callee.register(60))
    start = time.perf_counter()
    rang: list[float] = []
    dialog = await caller.invite(callee.user, lambda: rang.append(_milliseconds(start)))
    report.steps.append(Step("ring", rang[0] if rang else _milliseconds(start)))
    report.steps.append(Step("answer", _milliseconds(start)))
    caller.acknowledge(dialog)
    await _timed(report, "hang up", caller.hang_up(dialog))
    await _timed(report, "remove both", asyncio.gather(caller.register(0), callee.register(0)))


@asynccontextmanager
async def _pair(
    lender: Lender, domain: str, server: tuple[str, int]
) -> AsyncIterator[tuple[Endpoint, Endpoint]]:
    """Two end points with accounts; both are gone afterwards, whatever happened."""
    run = secrets.token_hex(4)
    pair = [
        Endpoint(f"{SELFTEST_PREFIX}{run}-{side}", secrets.token_hex(16), domain, server)
        for side in ("a", "b")
    ]
    try:
        for endpoint in pair:
            lender.lend_account(endpoint.user, endpoint.password)
            await endpoint.open(server[0])
        yield pair[0], pair[1]
    finally:
        for endpoint in pair:
            endpoint.close()
            lender.return_account(endpoint.user)


async def _timed(report: Report, name: str, work: Awaitable[object]) -> None:
    start = time.perf_counter()
    await work
    report.steps.append(Step(name, _milliseconds(start)))


def _milliseconds(start: float) -> float:
    return (time.perf_counter() - start) * 1000


Check = Callable[[], Awaitable[Report]]
"""A health check: the self-test bound to a running node."""
