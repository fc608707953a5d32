"""A table of people and phones, from its bytes to records and diagnostics. Pure.

May know: columns, cells, the tree around. May not: files, Git, what becomes of the records.
"""

from dataclasses import dataclass
from itertools import islice

from schema.diagnostics import Diagnostic
from schema.source import Document, Span, empty_mapping
from sync.importing import Batch
from sync.tables.cells import UNREADABLE, BadCell, value_of
from sync.tables.columns import PHONE_KEYS, USER_KEYS, Columns, columns_of
from sync.tables.decoding import Undecodable, decoded
from sync.tables.entries import Cell, Entries
from sync.tables.guard import unguarded
from sync.tables.making import Asked, Doubts, Making
from sync.tables.report import Report
from sync.tables.rows import Field, Row, Unclosed, dialect_of, rows_of
from sync.tables.surroundings import Surroundings

MAX_ROWS = 200_000


@dataclass(frozen=True)
class Table:
    """What a table says. `skipped` counts rows that were left out because of a mistake.

    When it is not `readable`, nothing of it can be trusted, and the batch is empty.
    """

    batch: Batch
    diagnostics: tuple[Diagnostic, ...] = ()
    rows: int = 0
    skipped: int = 0
    readable: bool = True

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The mistakes, without what is only doubtful."""
        return tuple(one for one in self.diagnostics if one.severity == "error")


def read_table(content: bytes, asked: Asked, around: Surroundings) -> Table:
    """Read a table. Never raises, whatever the bytes are."""
    try:
        text = decoded(content, asked.encoding)
    except Undecodable as wrong:
        told = Diagnostic(wrong.code, wrong.message, asked.file, wrong.at, hint=wrong.hint)
        return Table(Batch(asked.importer), (told,), readable=False)
    return _Reading(text, asked, around).table()


class _Reading:
    """Goes through the rows of one table."""

    def __init__(self, text: str, asked: Asked, around: Surroundings) -> None:
        self._text = text
        self._asked = asked
        self._around = around
        self._report = Report(asked.file)
        self._entries = Entries()
        self._doubts = Doubts()
        self._suspicious = UNREADABLE.search(text) is not None
        self._document = Document(asked.file, "", text, empty_mapping())

    def _line(self, field: Field) -> int:
        return self._document.position(field.start).line

    def table(self) -> Table:
        columns, rows = self._rows()
        if columns is None or self._report.findings:
            return self._refused(columns, rows)
        for row in rows:
            self._row(columns, row)
        making = Making(self._asked, self._around, self._entries, self._doubts, self._report)
        batch = making.batch(sipxcom=columns.sipxcom, line_of=self._line)
        self._passed_over(columns, rows)
        found = self._report.diagnostics(self._text, columns, rows)
        return Table(batch, found, len(rows), len(self._doubts.skipped))

    def _refused(self, columns: Columns | None, rows: list[Row]) -> Table:
        found = self._report.diagnostics(self._text, columns, rows)
        return Table(Batch(self._asked.importer), found, len(rows), readable=False)

    def _rows(self) -> tuple[Columns | None, list[Row]]:
        """The columns and the rows below them; what keeps a file from being read is reported."""
        dialect = dialect_of(self._text, self._asked.delimiter)
        records = rows_of(self._text, dialect)
        columns, rows = None, []
        try:
            header = next(records, None)
            if header is None or header.fault is not None:
                self._no_header(header)
                return None, []
            columns = columns_of(header.fields, self._asked.mapping, self._asked.sipxcom)
            for fault in columns.faults:
                self._report.fault(fault)
            rows = list(islice(records, MAX_ROWS + 1))
        except Unclosed as unclosed:
            hint = 'a quote inside a field is written twice: "Sally ""Sal"" Smith"'
            self._report.say("PBX1822", "the quote is never closed", unclosed.span, hint)
        if len(rows) > MAX_ROWS:
            message = f"there are more than {MAX_ROWS} rows"
            self._report.say("PBX1820", message, rows[-1].span, "split the file into several")
        return columns, rows

    def _no_header(self, header: Row | None) -> None:
        if header is not None and header.fault is not None:
            self._report.fault(header.fault)
            return
        hint = "begin the file with a line such as: user,name,extension,mac,model"
        self._report.say("PBX1820", "the file is empty", Span(0, 0), hint)

    # One row

    def _row(self, columns: Columns, row: Row) -> None:
        before = len(self._report.findings)
        if not self._is_whole(columns, row):
            self._doubts.about_anybody(row)
            return
        cells = self._cells(columns, row)
        if len(self._report.findings) == before:
            self._take(row, cells)
        if len(self._report.findings) > before:
            self._doubts.about(row, cells, names_user=_says(columns, row, "user"))

    def _is_whole(self, columns: Columns, row: Row) -> bool:
        """Whether its fields stand below the columns that they belong to."""
        width = len(columns.names)
        if row.fault is not None:
            self._report.fault(row.fault)
            return False
        short = len(row.fields) < width
        if len(row.fields) == width or (columns.sipxcom and short and self._was_trimmed(row)):
            return True
        span = row.span if short else row.fields[width].span
        message = f"the row has {len(row.fields)} fields, and the first line {width}"
        hint = "a field with a delimiter or line break in it stands in double quotes"
        self._report.say("PBX1825", message, span, hint)
        return False

    def _was_trimmed(self, row: Row) -> bool:
        """Whether a spreadsheet left out empty cells at the end of a row.

        sipXcom itself writes all fields, in quotes: a short row with quotes may be a piece of one
        that was torn apart, with a password below any column. The last row of a file that was cut
        off has no line end.
        """
        start, end = row.span
        return end < len(self._text) and '"' not in self._text[start:end]

    def _cells(self, columns: Columns, row: Row) -> dict[str, Cell]:
        if self._suspicious:
            self._unreadable(row)
        texts = {
            key: unguarded(row.fields[at].text).strip()
            for key, at in columns.keys.items()
            if at < len(row.fields)
        }
        region = self._around.region(texts.get("site"), texts.get("user"))
        cells: dict[str, Cell] = {}
        for key, text in texts.items():
            at = row.fields[columns.keys[key]]
            try:
                value = value_of(key, text, self._around, region) if text else None
            except BadCell as bad:
                self._report.say(bad.code, str(bad), at.span, bad.hint)
                continue
            if value not in (None, []):
                cells[key] = Cell(value, at)
        return cells

    def _unreadable(self, row: Row) -> None:
        for cell in row.fields:
            found = UNREADABLE.search(cell.text)
            if found is not None:
                message = f"the field has the character U+{ord(found[0]):04X} in it"
                hint = "no text has it: is the file damaged, or its encoding another one?"
                self._report.say("PBX1827", message, cell.span, hint)
                return

    def _take(self, row: Row, cells: dict[str, Cell]) -> None:
        user, mac = cells.get("user"), cells.get("mac")
        if user is None and mac is None:
            hint = "name the user or the phone's MAC address, or remove the row"
            message = "the row says neither who nor which phone it is about"
            self._report.say("PBX1826", message, row.span, hint)
            return
        of_user = self._of_user(cells)
        of_phone = {key: cells[key] for key in PHONE_KEYS if key in cells}
        clash = self._entries.clash(user, mac, of_user, of_phone)
        if clash is not None:
            self._report.say(*clash[:4], ("the other one", clash.other))
            return
        self._entries.take(user, mac, of_user, of_phone)

    def _of_user(self, cells: dict[str, Cell]) -> dict[str, Cell]:
        """What a row says of its user, by keys of the tree."""
        found = {key: cells[key] for key in USER_KEYS if key in cells}
        parts = [cells[key] for key in ("first_name", "last_name") if key in cells]
        if "name" not in found and parts:
            found["name"] = Cell(" ".join(part.value for part in parts), parts[0].field)
        return found

    def _passed_over(self, columns: Columns, rows: list[Row]) -> None:
        """One line for columns without a place in the tree, and one for secrets."""
        others = _used(rows, columns.others)
        if others:
            names = ", ".join(f'"{columns.names[at].text.strip()}"' for at in others)
            hint = 'if one is wanted: --map "Its name=key"'
            message = f"columns that the tree has no place for: {names}"
            self._report.say("PBX1832", message, columns.names[others[0]].span, hint)
        secret = _used(rows, columns.secret)
        if secret:
            names = ", ".join(f'"{columns.names[at].text.strip()}"' for at in secret)
            message = f"passwords and PINs are not taken over: {names}"
            hint = "passwords are derived from the node's master key: pbx secrets show USER"
            self._report.say("PBX1833", message, columns.names[secret[0]].span, hint)


def _says(columns: Columns, row: Row, key: str) -> bool:
    at = columns.keys.get(key, len(row.fields))
    return at < len(row.fields) and bool(row.fields[at].text.strip())


def _used(rows: list[Row], columns: frozenset[int]) -> list[int]:
    """Those of the columns that say something anywhere."""
    left = set(columns)
    for row in rows:
        if not left:
            break
        left -= {at for at in left if at < len(row.fields) and row.fields[at].text.strip()}
    return sorted(columns - left)
