"""What a file of contacts says, each value with its place. Data only."""

from dataclasses import dataclass
from typing import NamedTuple

from schema.models.phonebook import NumberKind
from schema.source import Span


class Written(NamedTuple):
    """A number as it stands in the file."""

    kind: NumberKind
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Row:
    """One contact. `span` is where its name stands, or else the whole of it."""

    name: str
    numbers: tuple[Written, ...]
    span: Span


class Malformed(Exception):  # noqa: N818 - a result, told as a diagnostic
    """The file is not what its name says. Nothing of it can be trusted."""

    def __init__(self, span: Span, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.span = span
        self.reason = reason
        self.hint = hint
