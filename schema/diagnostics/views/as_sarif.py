"""Diagnostics as SARIF 2.1.0 (OASIS), for code scanning."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from schema.diagnostics.catalogue import CATALOGUE
from schema.diagnostics.record import Diagnostic, Range

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def as_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """Return one run with the rules that were broken and a result for each diagnostic."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {"name": "dialtree", "rules": [_rule(code) for code in codes]}
    results = [_result(diagnostic, codes) for diagnostic in diagnostics]
    # Columns count characters, not UTF-16 units (section 3.14.17).
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)


def _rule(code: str) -> dict[str, Any]:
    entry = CATALOGUE[code]
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in entry.slug.split("-")),
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.meaning},
        "help": {"text": entry.fix, "markdown": entry.fix},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
    }


def _result(diagnostic: Diagnostic, codes: list[str]) -> dict[str, Any]:
    hint = f"\nhint: {diagnostic.hint}" if diagnostic.hint else ""
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": diagnostic.message + hint},
        "locations": [_location(diagnostic.file, diagnostic.range)],
    }
    if diagnostic.related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": also.message}, **_location(*also.at)}
            for number, also in enumerate(diagnostic.related)
        ]
    return result


def _location(file: str, found: Range | None) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(file)}}
    if found:
        place["region"] = {
            "startLine": found.start.line,
            "startColumn": found.start.column,
            "endLine": found.end.line,
            "endColumn": found.end.column,
        }
    return {"physicalLocation": place}
