"""Diagnostics as GitHub workflow commands, which show up beside the changed lines.

Escaping as in the runner's toolkit: `%`, CR and LF in messages; `:` and `,` in properties too.
"""

from collections.abc import Sequence

from schema.diagnostics.record import Diagnostic

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return one `::error file=…,line=…::…` line for each diagnostic."""
    return "\n".join(_command(diagnostic) for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = {"file": diagnostic.file, **_place(diagnostic), "title": diagnostic.code}
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{_COMMANDS[diagnostic.severity]} {listed}::{_text(_message(diagnostic))}"


def _place(diagnostic: Diagnostic) -> dict[str, int]:
    if diagnostic.range is None:
        return {}
    start, end = diagnostic.range
    place = {"line": start.line, "endLine": end.line}
    # Columns are shown only when the range is within one line.
    return place | (
        {"col": start.column, "endColumn": end.column} if start.line == end.line else {}
    )


def _message(diagnostic: Diagnostic) -> str:
    also = [f"{other.message}, at {other.at}" for other in diagnostic.related]
    hint = [f"hint: {diagnostic.hint}"] if diagnostic.hint else []
    return "\n".join([diagnostic.message, *also, *hint])


def _text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
