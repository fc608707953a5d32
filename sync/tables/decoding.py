"""Bytes of a table to its text: byte order marks, encodings, bounds. Raises `Undecodable`.

An encoding is never guessed from how often letters occur: a mark says it, or the user, or it is
UTF-8; what does not fit is told with its byte.
"""

import codecs
from dataclasses import dataclass

from schema.diagnostics import Position, Range

MAX_SIZE = 32 * 1024 * 1024
"""Bytes: some 100,000 rows of sipXcom's 61 columns."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NEVER = frozenset(("utf-7", "idna", "punycode", "raw-unicode-escape", "unicode-escape"))


@dataclass
class Undecodable(Exception):  # noqa: N818 - a result, told as a diagnostic
    """The bytes are no text in this encoding, or too many. `at` is where, if it is one place."""

    code: str
    message: str
    hint: str
    at: Range | None = None


def encoding_named(name: str) -> str | None:
    """The encoding as Python calls it; None when it is not one of texts."""
    try:
        found = codecs.lookup(name)
        "a".encode(found.name)
    except (LookupError, ValueError):
        return None
    return None if found.name in _NEVER else found.name


def decoded(content: bytes, encoding: str | None) -> str:
    """The text without its byte order mark. `encoding` wins over the mark's."""
    if len(content) > MAX_SIZE:
        message = f"the file has {len(content) >> 20} MiB, and {MAX_SIZE >> 20} are possible"
        raise Undecodable("PBX1820", message, "split it into several files")
    mark, marked = next((one for one in _MARKS if content.startswith(one[0])), (b"", "utf-8"))
    asked = encoding_named(encoding) if encoding is not None else None
    wanted = marked if mark and asked in (None, "utf-16", "utf-32", "utf-8-sig") else asked
    body = content.removeprefix(mark)
    if wanted is None:
        _refuse_unmarked_utf_16(body)
    try:
        return body.decode(wanted or "utf-8")
    except UnicodeDecodeError as error:
        raise _wrong(body, len(mark), wanted or "utf-8", error) from None


def _refuse_unmarked_utf_16(body: bytes) -> None:
    """A header in Latin letters has NUL for every second byte then."""
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(body) >= 8 and not any(body[first:32:2]):
            message = "the file looks like UTF-16 without a byte order mark"
            raise Undecodable("PBX1821", message, f"say --encoding {name}, or save it as UTF-8")


def _wrong(body: bytes, mark: int, encoding: str, error: UnicodeDecodeError) -> Undecodable:
    before = body[: error.start].decode(encoding, "replace")
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    at = Position(line, column)
    offset = mark + error.start
    value = body[error.start : error.start + 1].hex()
    message = f"byte {offset} (0x{value}) is not {encoding}"
    hint = f"say which encoding it is, such as --encoding {_likely(encoding)}, or save it as UTF-8"
    return Undecodable("PBX1821", message, hint, Range(at, Position(line, column + 1)))


def _likely(encoding: str) -> str:
    return "windows-1252" if encoding == "utf-8" else "utf-8"
