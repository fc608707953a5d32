"""Vital signs: what a commit can take away although it is valid, and every service took it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from schema.models import System
from schema.models.system import Health

LEAST_REGISTRATIONS: Final = 5
"""Of fewer registrations a share says nothing: two people went home."""

MOST_NAMED: Final = 5
"""Names in a piece of evidence."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """Taken at one moment."""

    registered: frozenset[tuple[str, str]] = frozenset()
    """User and device ("" for a softphone)."""
    gateways: Mapping[str, str] = field(default_factory=dict)
    """Their state: "up", "degraded", "down", "unresolved", or "unknown" without probes."""

    @property
    def anything(self) -> bool:
        """Whether there is something to lose."""
        return len(self.registered) >= LEAST_REGISTRATIONS or any(
            map(_answers, self.gateways.values())
        )


def losses(before: Vitals, now: Vitals, system: System, policy: Health) -> Iterator[str]:
    """What is gone that the tree still wants, each a sentence."""
    yield from _registrations(before, now, system, policy.registrations)
    if policy.gateways:
        yield from _gateways(before, now, system)


def _registrations(before: Vitals, now: Vitals, system: System, percent: int) -> Iterator[str]:
    expected = {each for each in before.registered if _is_wanted(system, *each)}
    gone = sorted(expected - now.registered)
    kept = len(expected) - len(gone)
    if len(expected) >= LEAST_REGISTRATIONS and 100 * kept < percent * len(expected):
        yield (
            f"{kept} of {len(expected)} registrations are left ({100 * kept // len(expected)} %; "
            f"the limit is {percent} %, system.health.registrations): without "
            f"{_named([user for user, _ in gone])}"
        )


def _is_wanted(system: System, user: str, device: str) -> bool:
    """Whether a registration may still exist: what the tree took away is not lost."""
    known = system.users.get(user)
    if known is None or not known.enabled:
        return False
    return not device or (device in system.phones and user in system.phones[device].lines)


def _gateways(before: Vitals, now: Vitals, system: System) -> Iterator[str]:
    for name, state in before.gateways.items():
        gateway = system.gateways.get(name)
        if gateway is None or not gateway.enabled or not _answers(state):
            continue
        if now.gateways.get(name) in ("down", "unresolved"):
            yield f"gateway {name} answered before and is {now.gateways[name]}"


def _answers(state: str) -> bool:
    return state in ("up", "degraded")


def _named(names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    more = len(distinct) - MOST_NAMED
    return ", ".join(distinct[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
