"""The tests as a JUnit report: a suite for each file, a case for each test.

What is wrong beside the tests (the tree, a proof, a test that cannot be read) is a case of its own,
so that no CI system takes the report for a good one. Only attributes that CI systems know.
"""

import xml.etree.ElementTree as ET  # writes only, so no hostile XML is read
from collections.abc import Sequence

from schema.diagnostics import Diagnostic
from schema.diagnostics.views.as_junit import printable
from schema.diagnostics.views.as_text import as_text
from schema.dialtest.coverage import Coverage
from schema.dialtest.report import Report, Result


def as_junit(report: Report) -> str:
    """Return all suites; the last one holds rule coverage and proofs as properties."""
    suites = ET.Element("testsuites", {"name": "pbx test"})
    for file in report.files:
        mistakes = [found for found in report.mistakes if found.file == file]
        _suite(suites, file, report.of_file(file), mistakes)
    elsewhere = [found for found in report.mistakes if found.file not in report.files]
    few = [report.untested] if report.untested else []
    plan = _suite(suites, "dial plan", (), [*elsewhere, *report.refuted, *few])
    if report.coverage:
        plan.insert(0, _properties(report.coverage, report.proofs))
    _count(suites)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, encoding="unicode")


def _suite(
    suites: ET.Element, name: str, results: Sequence[Result], wrong: Sequence[Diagnostic]
) -> ET.Element:
    suite = ET.SubElement(suites, "testsuite", {"name": printable(name)})
    for result in results:
        case = _case(suite, result.test.title, result.file, result.line)
        if result.failure:
            _failure(case, "failure", result.failure)
    for found in wrong:
        line = found.range.start.line if found.range else None
        _failure(_case(suite, f"{found.code} {found.place}", found.file, line), "error", found)
    _count(suite)
    return suite


def _case(suite: ET.Element, name: str, file: str, line: int | None) -> ET.Element:
    place = {"file": printable(file)} | ({"line": str(line)} if line else {})
    names = {"name": printable(name), "classname": printable(file)}
    return ET.SubElement(suite, "testcase", names | place | {"time": "0"})


def _failure(case: ET.Element, kind: str, found: Diagnostic) -> None:
    reason = {"message": printable(found.message), "type": found.code}
    ET.SubElement(case, kind, reason).text = printable(as_text([found]))


def _count(element: ET.Element) -> None:
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        element.set(name, str(sum(1 for _ in element.iter(tag))))


def _properties(coverage: Coverage, proofs: tuple[int, int]) -> ET.Element:
    properties = ET.Element("properties")
    facts = {"rule coverage in percent": f"{coverage.percent:.1f}"}
    facts |= {"proofs that hold": str(proofs[0]), "proofs refuted": str(proofs[1])}
    facts |= {f"rule {use.rule}": str(use.tests) for use in coverage.own}
    facts |= {f"ready-made rule {use.rule}": str(use.tests) for use in coverage.factory}
    for name, value in facts.items():
        ET.SubElement(properties, "property", {"name": printable(name), "value": value})
    return properties
