"""The test files of a source, with everything that is wrong with them.

May know: sources, documents, the model of a test. May not: the tree that is tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from schema.diagnostics import Diagnostic
from schema.documents import document_of
from schema.models.dial_test import DialTest
from schema.shape import checked
from schema.source import Document
from schema.tree import TESTS, SourceEntry, TreeSource, select_tests


class Placed(NamedTuple):
    """A test and its index in the file."""

    at: int
    test: DialTest


@dataclass(frozen=True)
class TestFile:
    """One file: its well-formed tests, and what is wrong with the others."""

    document: Document
    tests: tuple[Placed, ...]
    diagnostics: tuple[Diagnostic, ...]

    def report(
        self, code: str, message: str, hint: str, index: int, *path: str | int
    ) -> Diagnostic:
        """Make a diagnostic about a value of a test."""
        span = self.document.span((TESTS, index, *path))
        return self.document.report(code, message, span, hint)


def read_tests(source: TreeSource) -> tuple[list[TestFile], list[Diagnostic]]:
    """All files by name, and what is said of others. Raises SourceError for the whole source."""
    selection = select_tests(source.entries())
    files = [_file(source, entry) for entry in selection.read]
    return files, [_ignored(entry) for entry in selection.ignored]


def _file(source: TreeSource, entry: SourceEntry) -> TestFile:
    document = document_of(source, entry, TESTS)
    found: list[Diagnostic] = list(document.diagnostics)
    tests = []
    items: Sequence[object] = document.root.get(TESTS, ())
    for index in range(len(items)):
        test, wrong = checked(document, (TESTS, index), DialTest, "test")
        found += wrong
        if test is not None:
            tests.append(Placed(index, test))
    return TestFile(document, tuple(tests), tuple(found))


def _ignored(entry: SourceEntry) -> Diagnostic:
    hint = f"files with tests end in .yaml: {entry.path.removesuffix('.yml')}.yaml"
    return Diagnostic("PBX1023", "the file is not read", entry.path, hint=hint)
