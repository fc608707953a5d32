"""Firmware versions, number by number. Nothing said means the newest there is."""

from dataclasses import dataclass
from functools import lru_cache


@lru_cache(maxsize=4096)
def parsed(version: str) -> tuple[int, ...]:
    """ "84.86" as (84, 86)."""
    return tuple(int(part) for part in version.split("."))


def is_since(firmware: str | None, version: str) -> bool:
    """Whether a phone's firmware is `version` or newer; unknown firmware is the newest."""
    return firmware is None or parsed(firmware) >= parsed(version)


def is_before(firmware: str | None, version: str) -> bool:
    """Whether a phone's firmware is older than `version`."""
    return not is_since(firmware, version)


@dataclass(frozen=True, slots=True)
class FirmwareRange:
    """From `since` on, and before `until`; None is open."""

    since: str | None
    until: str | None

    def covers(self, firmware: str | None) -> bool:
        """Whether a phone with this firmware is meant."""
        if self.since is not None and is_before(firmware, self.since):
            return False
        return self.until is None or is_before(firmware, self.until)
