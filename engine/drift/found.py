"""What a look at the drift of a node came to."""

from dataclasses import asdict, dataclass
from typing import Any

MANY = 5
"""Phones that a line names."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Phones are MAC addresses."""

    at: float
    """Epoch seconds of the look."""
    behind: tuple[str, ...] = ()
    """Phones that fetched files which are other ones now."""
    never: int = 0
    """Phones that have not fetched anything yet."""
    current: int = 0
    by_hand: tuple[dict[str, Any], ...] = ()
    """Parameters that were set on phones: mac, file, parameter, value, told."""
    files: tuple[str, ...] = ()
    """What is wrong on the disk, in words."""
    database: tuple[str, ...] = ()
    """What is wrong in the store, in words."""

    @property
    def anything(self) -> bool:
        """Whether something is not as it should be. A phone in its box is."""
        return bool(self.behind or self.by_hand or self.files or self.database)

    def as_json(self) -> dict[str, Any]:
        """The shape that the control API answers."""
        return asdict(self)


def drift_as_text(drift: dict[str, Any]) -> list[str]:
    """Lines for people; none where nothing drifted."""
    lines = []
    if drift["behind"]:
        lines.append(f"{_phones(drift['behind'])} older files than wanted: pbx devices resync")
    changed = list(dict.fromkeys(each["mac"] for each in drift["by_hand"]))
    if changed:
        lines.append(f"{_phones(changed)} settings made by hand: pbx devices show MAC")
    return [f"drift       {line}" for line in (*lines, *drift["files"], *drift["database"])]


def _phones(macs: list[str]) -> str:
    named = ", ".join(macs[:MANY]) + (", …" if len(macs) > MANY else "")
    return f"{len(macs)} phones ({named}) have" if len(macs) > 1 else f"phone {named} has"
