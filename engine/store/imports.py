"""What the store remembers of imports, as plain rows: it knows none of the rooms they come from."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, insert, select, text, update

from engine.store.tables import given_numbers, imported_people, imports

_NOT_SEEN = text(
    "INSERT INTO imported_people (importer, source_id, user, seen, missing, forced) "
    "VALUES (:importer, :source_id, '', 0, :missing, :forced) "
    "ON CONFLICT (importer, source_id) DO UPDATE SET missing = :missing, forced = :forced"
)
"""Whom an earlier run saw keeps when that was."""


class ImportRecords:
    """The part of the store that is about imports."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def missing(self, importer: str) -> dict[str, tuple[float, bool]]:
        """Since when people are missing, by source id, and whether a forced run noted it."""
        columns = imported_people.c
        query = select(columns.source_id, columns.missing, columns.forced).where(
            columns.importer == importer, columns.missing.is_not(None)
        )
        with self._engine.connect() as connection:
            return {
                row.source_id: (row.missing, bool(row.forced)) for row in connection.execute(query)
            }

    def numbers(self) -> dict[str, str]:
        """All extensions that were ever given or seen: source ids by number."""
        with self._engine.connect() as connection:
            query = select(given_numbers.c.number, given_numbers.c.source_id)
            return {row.number: row.source_id for row in connection.execute(query)}

    def save(
        self,
        importer: str,
        seen: Mapping[str, str],
        missing: Mapping[str, tuple[float, bool]],
        numbers: Mapping[str, str],
        now: float,
    ) -> None:
        """Note a run, all at once: who was seen (users by source id), who is missing."""
        people = [
            {"importer": importer, "source_id": id_, "user": user, "seen": now, "missing": None,
             "forced": 0}
            for id_, user in seen.items()
        ]  # fmt: skip
        gone = [
            {"importer": importer, "source_id": id_, "missing": since, "forced": int(forced)}
            for id_, (since, forced) in missing.items()
        ]
        given = [
            {"number": number, "importer": importer, "source_id": id_, "at": now}
            for number, id_ in numbers.items()
        ]
        with self._engine.begin() as connection:
            here = imported_people.c.importer == importer
            connection.execute(update(imported_people).where(here).values(missing=None, forced=0))
            for table, rows in ((imported_people, people), (given_numbers, given)):
                if rows:
                    connection.execute(insert(table).prefix_with("OR REPLACE"), rows)
            if gone:
                connection.execute(_NOT_SEEN, gone)

    def note(self, result: Mapping[str, Any]) -> None:
        """What became of the latest run of an importer: a row of `imports`."""
        with self._engine.begin() as connection:
            connection.execute(insert(imports).prefix_with("OR REPLACE"), [dict(result)])

    def results(self) -> list[dict[str, Any]]:
        """What became of the latest run of each importer."""
        with self._engine.connect() as connection:
            query = select(imports).order_by(imports.c.importer)
            return [dict(row) for row in connection.execute(query).mappings()]
