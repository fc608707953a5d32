"""The tests in a GitHub workflow: annotations at the lines, and the rest for the log."""

from schema.diagnostics import render
from schema.dialtest.report import Report
from schema.dialtest.views.as_text import overview, summary


def as_github(report: Report) -> str:
    """Return a workflow command for each thing that is wrong, and a line for each test and rule."""
    annotations = [render(report.diagnostics, "github")] if report.diagnostics else []
    return "\n".join([*annotations, *overview(report), summary(report)])
