"""Five ways to show the same diagnostics. Views know the record only, and never a file."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from schema.diagnostics.record import Diagnostic
from schema.diagnostics.views.as_github import as_github
from schema.diagnostics.views.as_json import as_json
from schema.diagnostics.views.as_junit import as_junit
from schema.diagnostics.views.as_sarif import as_sarif
from schema.diagnostics.views.as_text import as_text

_PLAIN: Mapping[str, Callable[[Sequence[Diagnostic]], str]] = MappingProxyType(
    {"json": as_json, "github": as_github, "junit": as_junit, "sarif": as_sarif}
)
FORMATS = ("text", *_PLAIN)


def render(diagnostics: Sequence[Diagnostic], format: str, *, colour: bool = False) -> str:  # noqa: A002 (the option's name)
    """Return the diagnostics in one of FORMATS, without a newline at the end.

    Colour is ANSI and for "text" only. Raises ValueError for an unknown format.
    """
    if format == "text":
        return as_text(diagnostics, colour=colour)
    if format not in _PLAIN:
        raise ValueError(f"no such format: {format}; one of {', '.join(FORMATS)}")
    return _PLAIN[format](diagnostics)


__all__ = ["FORMATS", "render"]
