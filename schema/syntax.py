"""What the YAML parser complains about, in words that help somebody who does not know YAML well.

May know: the parser's messages, and the text around the place. Always answers with one diagnostic.
"""

from contextlib import suppress
from typing import Any

from _ruamel_yaml import (  # type: ignore[import-not-found]  # a C extension without stubs
    CParser,
    ScalarEvent,
    YAMLError,
)

from schema.diagnostics import Diagnostic, Related, SourceRange
from schema.source import Document, Span

_INDICATORS = "@`%"


def explain(document: Document, error: Any) -> Diagnostic:
    """Turn a `YAMLError` of the C parser into a diagnostic with the most helpful code."""
    problem = str(getattr(error, "problem", None) or error)
    context = str(getattr(error, "context", None) or "")
    at = _offset(document, getattr(error, "problem_mark", None))
    opened = getattr(error, "context_mark", None)
    begun = _offset(document, opened) if opened else None
    quote = _long_quote_before(document, at)
    line_start = document.text.rfind("\n", 0, at) + 1
    before = document.text[line_start:at]
    if "\t" in _indentation(document, line_start):
        return _tab(document, line_start)
    if "quoted scalar" in context and begun is not None and "escape" not in problem:
        return _unclosed_quote(document, begun)
    if quote is not None:
        return _unclosed_quote(document, quote)
    if "mapping values are not allowed" in problem:
        return _second_colon(document, at, before)
    if "block" in context and not before.strip():
        return _indentation_differs(document, at, begun)
    return _other(document, problem, context, at, begun)


def _offset(document: Document, mark: Any) -> int:
    """The offset of a mark, moved back from the end of the text to what stands last in it."""
    at = min(mark.index, len(document.text)) if mark else 0
    return at if document.text[at:].strip() else len(document.text.rstrip())


def _indentation(document: Document, start: int) -> str:
    line = document.text[start : start + 200].split("\n", 1)[0]
    return line[: len(line) - len(line.lstrip())]


def _tab(document: Document, line_start: int) -> Diagnostic:
    at = document.text.index("\t", line_start)
    hint = "indent with spaces, two per level"
    return document.report("PBX1002", "a tab is used for indentation", Span(at, at + 1), hint)


def _long_quote_before(document: Document, at: int) -> int | None:
    """Where a quoted text of several lines begins that ends on the line of the error.

    Such a text is legal, but before an error it is nearly always a quote that was not closed, and
    that ended at the next text's opening quote.
    """
    parser, found = CParser(document.text), None
    with suppress(YAMLError):
        while (event := parser.get_event()) is not None:
            if isinstance(event, ScalarEvent) and event.style in ("'", '"'):
                found = event
    if found is None or found.start_mark.line == found.end_mark.line:
        return None
    same_line = "\n" not in document.text[found.end_mark.index : at]
    return int(found.start_mark.index) if same_line else None


def _unclosed_quote(document: Document, begun: int) -> Diagnostic:
    quote = document.text[begun]
    end = _line_end(document, begun)
    hint = f"add the closing {quote} on this line"
    return document.report("PBX1003", "a quote is not closed", Span(begun, end), hint)


def _second_colon(document: Document, at: int, before: str) -> Diagnostic:
    """A colon where none can be: a second one in a line, or a line that is indented too far."""
    span = Span(at, at + 1)
    if ":" in before:
        hint = "if the colon is part of the text, put the text in quotes"
        return document.report("PBX1001", "a second colon in one line", span, hint)
    start = at - len(before.lstrip())
    hint = "line the key up with the keys it belongs to, and look at the end of the line above"
    return document.report("PBX1004", "the indentation does not fit", Span(start, at), hint)


def _indentation_differs(document: Document, at: int, begun: int | None) -> Diagnostic:
    end = max(at + 1, _line_end(document, at))
    related = _related(document, at, begun, "what it would belong to begins")
    hint = "keys of one mapping (and dashes of one list) begin in the same column"
    message = "the indentation does not fit"
    return document.report("PBX1004", message, Span(at, end), hint, related)


def _other(
    document: Document, problem: str, context: str, at: int, begun: int | None
) -> Diagnostic:
    character = document.text[at : at + 1]
    span = Span(at, at + 1)
    if "cannot start any token" in problem:
        hint = f"a text that begins with {character} needs quotes"
        return document.report("PBX1001", f"{character} cannot begin a value", span, hint)
    if "flow" in context:
        related = _related(document, at, begun, "the bracket opens")
        message = "a bracket is not closed, or a comma is missing"
        hint = "close the bracket, and put commas between the items"
        return document.report("PBX1001", message, span, hint, related)
    if "expected key" in problem:
        hint = "the value ended before this; if all of it is one text, put it in quotes"
        return document.report("PBX1001", "something follows a complete value", span, hint)
    return document.report("PBX1001", _words(problem, context), span)


def _words(problem: str, context: str) -> str:
    return f"{context}: {problem}" if context else problem


def _related(document: Document, at: int, begun: int | None, message: str) -> tuple[Related, ...]:
    if begun is None or begun == at:
        return ()
    place = document.range(Span(begun, begun + 1))
    return (Related(message, SourceRange(document.path, place)),)


def _line_end(document: Document, at: int) -> int:
    end = document.text.find("\n", at)
    return len(document.text) if end < 0 else end
