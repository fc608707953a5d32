"""Tables (CSV files) that are imported, read against the tree that they are to change.

May know: where a file is, the tree, the models that are installed. May not: how a table is read
(sync.tables), nor what becomes of its records (engine.importing).
"""

import re
import sys
from dataclasses import replace
from pathlib import Path

from engine.checking import InvalidTree, ValidTree
from engine.importing.task import Task
from engine.workbench import UsageError
from renderers.devices import Families
from schema.models import System
from schema.models.base import IMPORTER_PATTERN
from schema.suggest import did_you_mean
from sync.importing import Batch, Policy
from sync.tables import (
    IGNORE,
    KEYS,
    MAX_SIZE,
    Asked,
    ModelNames,
    Surroundings,
    Table,
    encoding_named,
    read_table,
)

STDIN = "-"


class BadTable(InvalidTree):
    """A table with mistakes; `skippable`: rows that could be left out, if the rest can be read."""

    def __init__(self, file: str, table: Table) -> None:
        super().__init__(file, table.diagnostics)
        self.skippable = table.skipped if table.readable else 0


def surroundings_of(system: System, families: Families) -> Surroundings:
    """What a table is read against."""
    names = (
        (id_, family.description.vendor, model.name)
        for id_, (family, model) in families.models.items()
    )
    return Surroundings(system, ModelNames(names))


def importer_of(file: str, name: str | None) -> str:
    """Whose entries the import's are: csv/NAME, or csv/ and the file's name without its ending."""
    if name is None and file == STDIN:
        raise UsageError("say whose entries they are: --as NAME")
    importer = f"csv/{name if name is not None else Path(file).stem}"
    if not re.fullmatch(IMPORTER_PATTERN, importer):
        raise UsageError(
            f'"{importer[4:]}" cannot be the name of an import: letters, digits, ".", "_" and "-", '
            "beginning with a letter or digit. Name it with --as"
        )
    return importer


def mapping_of(words: tuple[str, ...]) -> dict[str, str]:
    """What `--map "Column=key"` says. Raises UsageError."""
    found = {}
    for word in words:
        column, sign, key = word.rpartition("=")
        if not sign or not column.strip():
            raise UsageError(f'--map takes "Column=key", not "{word}"')
        if key not in (*KEYS, IGNORE):
            hint = did_you_mean(key, KEYS) or f"there are {', '.join(KEYS)}, and {IGNORE}"
            raise UsageError(f'--map: a table cannot bring "{key}": {hint}')
        found[column.strip()] = key
    return found


def checked_encoding(name: str | None) -> str | None:
    """An encoding that there is. Raises UsageError."""
    if name is not None and encoding_named(name) is None:
        raise UsageError(f'there is no encoding "{name}": utf-8, utf-16, windows-1252, latin-1, …')
    return name


def content_of(file: str) -> bytes:
    """The bytes of a file, or of standard input; not much more than can be read. Raises OSError."""
    if file == STDIN:
        return sys.stdin.buffer.read(MAX_SIZE + 1)
    with Path(file).open("rb") as handle:
        return handle.read(MAX_SIZE + 1)


def table_task(content: bytes, asked: Asked, *, skip_bad: bool) -> Task:
    """The import of a table. Reading it raises BadTable with everything that is wrong with it,
    unless bad rows are to be skipped and the rest can be read.
    """

    def read(tree: ValidTree) -> Batch:
        table = read_table(content, asked, surroundings_of(tree.system, tree.families))
        if not table.readable or (table.errors and not skip_bad):
            raise BadTable(asked.file, table)
        return replace(table.batch, warnings=table.diagnostics)

    # Who is not in a complete table is disabled at once: that is what --complete is said for.
    source = Path(asked.file).name
    return Task(asked.importer, source, read, lambda _: Policy(disable_after=0.0))
