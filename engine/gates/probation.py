"""Probation: a revision runs, and is watched for a while before it counts as good.

Some damage shows late: phones that cannot come back, a gateway that no longer answers. What is
lost has to stay lost over several looks, so that one missed probe condemns nobody.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.gates.vitals import Vitals, losses
from schema.models import System
from schema.models.system import Health

LOOK: Final = 2.0
"""Seconds between two looks."""

SUSTAINED: Final = 3
"""Looks in a row that have to find a loss."""


@dataclass(frozen=True, slots=True)
class Probation:
    """How revisions are watched. `look` takes the vital signs now; it must not block."""

    look: Callable[[], Vitals]
    interval: float = LOOK
    goes_first: Callable[[], bool] = bool
    """Whether other nodes wait for this one: then it takes its time in any case."""

    def needed(self, before: Vitals, policy: Health) -> bool:
        """Whether there is something to watch, and the tree wants it."""
        return policy.watch is not None and (before.anything or self.goes_first())

    async def watch(self, before: Vitals, system: System, policy: Health) -> str | None:
        """Watch for as long as the policy says; the evidence as soon as it is certain."""
        loop = asyncio.get_running_loop()
        until = loop.time() + (policy.watch or 0.0)
        bad = 0
        while True:
            evidence = "; ".join(losses(before, self.look(), system, policy))
            bad = bad + 1 if evidence else 0
            if bad >= SUSTAINED:
                return evidence
            if loop.time() >= until and not evidence:
                return None
            await asyncio.sleep(self.interval)
