"""The tests for programs. The shape is stable and documented in docs/json.md."""

import json
from typing import Any

from schema.diagnostics.views.as_json import as_data
from schema.dialplan.view import as_json as decision_as_json
from schema.dialtest.coverage import Coverage
from schema.dialtest.report import Report, Result


def as_json(report: Report) -> str:
    """Return `{"ok", "tests", "diagnostics", "proofs", "coverage"}`; see docs/json.md."""
    shown = {
        "ok": report.ok,
        "tests": [_result(result) for result in report.results],
        "diagnostics": [as_data(diagnostic) for diagnostic in report.diagnostics],
        "proofs": dict(zip(("held", "refuted"), report.proofs, strict=True)),
        "coverage": _coverage(report.coverage) if report.coverage else None,
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _result(result: Result) -> dict[str, Any]:
    test = result.test
    return {
        "name": test.title,
        "file": result.file,
        "line": result.line,
        "passed": result.failure is None,
        "from": test.from_,
        "dial": test.dial,
        "caller": test.caller,
        "at": test.at,
        "message": result.failure.message if result.failure else None,
        "decision": decision_as_json(result.decision),
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "percent": round(coverage.percent, 1),
        "rules": [use.as_json() for use in coverage.own],
        "factory": [use.as_json() for use in coverage.factory],
    }
