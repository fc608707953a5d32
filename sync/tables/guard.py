"""Cells that a spreadsheet would take for a formula, or for a number that it may shorten.

An apostrophe in front makes any cell a text (OWASP, "CSV Injection"). Writing puts it there, and
reading takes it away again, so that a file goes there and back unchanged:

    =1+1       '=1+1        always: so do +…, -…, @…, tab and carriage return
    +12125550  +12125550    a number is no formula; only for a spreadsheet: it would lose its +
    0201       0201         only for a spreadsheet: it would lose its 0
    'x         'x           nothing follows that a spreadsheet could misread
    '=x        ''=x
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"\+[0-9]+")
_ANY = re.compile(r"'*[=+\-@\t\r0-9]")
_GUARDED = re.compile(r"'+[=+\-@\t\r0-9]")


def guarded(text: str, *, spreadsheet: bool) -> str:
    """The text as it goes into a cell."""
    if _GUARDED.match(text):
        return f"'{text}"
    if spreadsheet:
        return f"'{text}" if _ANY.match(text) else text
    harmless = _FORMULA.match(text) is None or _NUMBER.fullmatch(text)
    return text if harmless else f"'{text}"


def unguarded(cell: str) -> str:
    """The text that was meant."""
    return cell[1:] if _GUARDED.match(cell) else cell
