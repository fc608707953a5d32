"""Four ways to show what became of the tests. Views know the report only."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from schema.dialtest.report import Report
from schema.dialtest.views.as_github import as_github
from schema.dialtest.views.as_json import as_json
from schema.dialtest.views.as_junit import as_junit
from schema.dialtest.views.as_text import as_text

_PLAIN: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {"json": as_json, "junit": as_junit, "github": as_github}
)
FORMATS = ("text", *_PLAIN)


def render(report: Report, format: str, *, colour: bool = False) -> str:  # noqa: A002 (the option's name)
    """Return the report in one of FORMATS. Colour is ANSI and for "text" only."""
    return as_text(report, colour=colour) if format == "text" else _PLAIN[format](report)


__all__ = ["FORMATS", "render"]
