"""What is said about a tree: the record, the catalogue of codes, and five views of them."""

from schema.diagnostics.catalogue import CATALOGUE, Code, Severity
from schema.diagnostics.record import (
    Diagnostic,
    Position,
    Range,
    Related,
    SourceRange,
    in_reading_order,
)
from schema.diagnostics.views import FORMATS, render

__all__ = [
    "CATALOGUE", "FORMATS", "Code", "Diagnostic", "Position", "Range", "Related", "Severity",
    "SourceRange", "in_reading_order", "render",
]  # fmt: skip
