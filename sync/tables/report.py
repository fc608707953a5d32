"""What is wrong with a table, as diagnostics whose source lines show no secret.

Only columns that are taken can be seen in a message's snippet: a table of sipXcom has passwords
and PINs in it, and a table of whoever else may have them anywhere.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from schema.diagnostics import Diagnostic, Related, SourceRange, in_reading_order
from schema.source import Document, Span, empty_mapping
from sync.tables.columns import Columns
from sync.tables.rows import Fault, Row

_INK = re.compile(r'[^\r\n",;\t]')


@dataclass(frozen=True, slots=True)
class Finding:
    """One message before its line is known. `related` are further places, each with its words."""

    code: str
    message: str
    span: Span
    hint: str
    related: tuple[tuple[str, Span], ...] = ()


@dataclass
class Report:
    """Collects findings about one file."""

    file: str
    findings: list[Finding] = field(default_factory=list)

    def say(
        self, code: str, message: str, span: Span, hint: str, *related: tuple[str, Span]
    ) -> None:
        """Note something."""
        self.findings.append(Finding(code, message, span, hint, related))

    def fault(self, fault: Fault) -> None:
        """Note what is wrong with how something is written."""
        related = (fault.related,) if fault.related is not None else ()
        self.say(fault.code, fault.message, fault.span, fault.hint, *related)

    def diagnostics(
        self, text: str, columns: Columns | None, rows: Iterable[Row]
    ) -> tuple[Diagnostic, ...]:
        """All that was found, in the order of the file. `rows` are those behind the header."""
        if not self.findings:
            return ()
        masked = _masked(text, columns, rows)
        document = Document(self.file, "", masked, empty_mapping())
        return in_reading_order(self._diagnostic(document, one) for one in self.findings)

    def _diagnostic(self, document: Document, found: Finding) -> Diagnostic:
        related = (
            Related(words, SourceRange(self.file, document.range(span)))
            for words, span in found.related
        )
        return document.report(found.code, found.message, found.span, found.hint, related)


def _masked(text: str, columns: Columns | None, rows: Iterable[Row]) -> str:
    """The text with stars for whatever is not known to be harmless; its structure stays."""
    pieces: list[str] = []
    at = 0
    for start, end in (*_shown(columns, rows), (len(text), len(text))):
        pieces += (_INK.sub("*", text[at:start]), text[start:end])
        at = end
    return "".join(pieces)


def _shown(columns: Columns | None, rows: Iterable[Row]) -> Iterator[tuple[int, int]]:
    """Places of the header, and of fields that are taken.

    Of a row that does not fit, nobody knows which field is the password.
    """
    if columns is None:
        return
    yield columns.names[0].start, columns.names[-1].end
    taken = sorted(columns.keys.values())
    for row in rows:
        if row.fault is None and len(row.fields) == len(columns.names):
            yield from (row.fields[at][1:] for at in taken)
