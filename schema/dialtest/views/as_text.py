"""The tests for people: each file, each rule, what is wrong, and one line in the end."""

from collections.abc import Iterator

from schema.diagnostics import render
from schema.dialtest.coverage import Coverage, RuleUse
from schema.dialtest.report import Report


def as_text(report: Report, *, colour: bool = False) -> str:
    """Return a line for each test, the rule coverage, diagnostics, and the count."""
    wrong = render(report.diagnostics, "text", colour=colour)
    return "\n".join((*overview(report), *(("", wrong, "") if wrong else ()), summary(report)))


def overview(report: Report) -> Iterator[str]:
    """Yield a line for each test and each rule."""
    yield from _results(report)
    if report.coverage:
        yield from _coverage(report.coverage)


def summary(report: Report) -> str:
    """Return "7 tests, 1 failed; 1 mistake; 9 proofs, 1 refuted"."""
    said = [f"{_count(len(report.results), 'test')}, {len(report.failed)} failed"]
    if report.mistakes:
        said.append(_count(len(report.mistakes), "mistake"))
    held, refuted = report.proofs
    if held or refuted:
        said.append(f"{_count(held + refuted, 'proof')}, {refuted} refuted")
    return "; ".join(said)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _results(report: Report) -> Iterator[str]:
    for file in report.files:
        yield file
        for result in report.of_file(file):
            yield f"  {'-' if result.failure else '+'} {result.test.title}"


def _coverage(coverage: Coverage) -> Iterator[str]:
    used = len(coverage.own) - len(coverage.untested)
    yield f"rules: {used} of {len(coverage.own)} decide a test ({coverage.percent:.0f} %)"
    yield from map(_use, coverage.own)
    if coverage.factory:
        used = sum(use.tests > 0 for use in coverage.factory)
        yield f"ready-made rules: {used} of {len(coverage.factory)} decide a test"


def _use(use: RuleUse) -> str:
    place = f" ({use.at.file}:{use.at.line})" if use.at else ""
    decided = f"decides {_count(use.tests, 'test')}" if use.tests else "never decides"
    return f"  {'+' if use.tests else '-'} {use.rule}{place} {decided}"
