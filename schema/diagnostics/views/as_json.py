"""Diagnostics for programs. The shape is stable and documented in docs/cli.md."""

import json
from collections.abc import Sequence
from typing import Any

from schema.diagnostics.record import Diagnostic, Range


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return `{"diagnostics": [...]}`; each with all keys, null where there is nothing to say."""
    shown = {"diagnostics": [as_data(diagnostic) for diagnostic in diagnostics]}
    return json.dumps(shown, indent=2, ensure_ascii=False)


def as_data(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return one diagnostic as plain data. Lines and columns count from 1."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": diagnostic.file,
        "range": _range(diagnostic.range) if diagnostic.range else None,
        "snippet": diagnostic.snippet,
        "hint": diagnostic.hint,
        "related": [
            {"message": also.message, "file": also.at.file, "range": _range(also.at.range)}
            for also in diagnostic.related
        ],
    }


def _range(found: Range) -> dict[str, Any]:
    return {"start": found.start._asdict(), "end": found.end._asdict()}
