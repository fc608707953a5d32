"""Diagnostics as a JUnit report, for CI systems that show tests. One test case per message."""

import re
import xml.etree.ElementTree as ET  # writes only, so no hostile XML is read
from collections.abc import Sequence

from schema.diagnostics.record import Diagnostic
from schema.diagnostics.views.as_text import as_text

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a test suite; errors are failures, the rest passes with its text as output."""
    failures = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    counts = {"tests": str(max(1, len(diagnostics))), "failures": str(failures), "errors": "0"}
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {"name": "pbx validate", **counts})
    for diagnostic in diagnostics:
        _case(suite, diagnostic)
    if not diagnostics:
        # Several CI systems take a report without any test for a broken run.
        ET.SubElement(suite, "testcase", {"name": "the tree is valid", "classname": "pbx.validate"})
    ET.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, encoding="unicode")


def _case(suite: ET.Element, diagnostic: Diagnostic) -> None:
    name = printable(f"{diagnostic.code} {diagnostic.place}")
    case = ET.SubElement(suite, "testcase", {"name": name, "classname": printable(diagnostic.file)})
    if diagnostic.range:
        case.set("line", str(diagnostic.range.start.line))
    text = printable(as_text([diagnostic]))
    if diagnostic.severity == "error":
        reason = {"message": printable(diagnostic.message), "type": diagnostic.code}
        ET.SubElement(case, "failure", reason).text = text
    else:
        ET.SubElement(case, "system-out").text = text


def printable(text: str) -> str:
    """Return the text without characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
