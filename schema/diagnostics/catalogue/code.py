"""What the catalogue knows about one code."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of message. Its number never changes meaning; a retired number is not used again.

    `meaning` and `fix` are Markdown: the hand-written half of the page docs/errors/<code>.md,
    whose other half (the bad tree and what it prints) is generated.
    """

    code: str
    slug: str
    severity: Severity
    title: str
    meaning: str
    fix: str
