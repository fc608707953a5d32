"""Diagnostics about an entry of the tree, for the checks of this room."""

from typing import Protocol

from schema.diagnostics import Diagnostic
from schema.source import Document

Path = tuple[str | int, ...]


class Origins(Protocol):
    """Where the entries of a tree stand (`schema.origins`)."""

    def entry(self, section: str, id: str, /) -> tuple[Document, Path]: ...  # noqa: A002


def report(
    origins: Origins, code: str, message: str, place: tuple[str, str, Path], hint: str
) -> Diagnostic:
    """A diagnostic about a value of an entry."""
    section, id_, path = place
    document, base = origins.entry(section, id_)
    return document.report(code, message, document.span((*base, *path)), hint)


def report_key(
    origins: Origins, code: str, message: str, place: tuple[str, str, Path], hint: str
) -> Diagnostic:
    """A diagnostic about a key of an entry, rather than its value."""
    section, id_, path = place
    document, base = origins.entry(section, id_)
    return document.report(code, message, document.key_span((*base, *path)), hint)
