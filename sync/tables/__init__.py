"""Tables of people and phones, as CSV files: sipXcom's 61 columns, and any with a header.

    decoding     bytes → text
    rows         text → fields with their places
    columns      header → what each column means; sipxcom: its columns and models
    cells        the text of a cell → the value in the tree
    entries      rows → people and phones
    making       people and phones → records
    table        all of it: bytes → Batch and diagnostics
    writing      the inverse: tree → bytes

May know: the tree's models, records of sync.importing. May not: files, Git, what is imported where.
"""

from sync.tables.columns import IGNORE, SYNONYMS
from sync.tables.decoding import MAX_SIZE, encoding_named
from sync.tables.making import Asked
from sync.tables.surroundings import ModelNames, Surroundings
from sync.tables.table import Table, read_table
from sync.tables.writing import Form, written

KEYS = tuple(SYNONYMS)
"""What a table can bring."""

__all__ = [
    "IGNORE", "KEYS", "MAX_SIZE", "Asked", "Form", "ModelNames", "Surroundings", "Table",
    "encoding_named", "read_table", "written",
]  # fmt: skip
