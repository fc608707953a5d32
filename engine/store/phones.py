"""What the store remembers of phones, as plain rows: it knows none of the rooms they come from."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, Table, bindparam, delete, insert, select

from engine.store.tables import enrolments, fetches, sightings, uploads

MOST_STORED: Final = 64 * 1024 * 1024
"""Bytes that phones sent; beyond them the oldest go."""
Row = dict[str, Any]


class PhoneChanges(NamedTuple):
    """Rows of the tables. `sightings` by MAC address; None: not any more."""

    fetches: Sequence[Row] = ()
    enrolments: Sequence[Row] = ()
    sightings: Mapping[str, Row | None] = {}
    uploads: Sequence[Row] = ()
    """With `content`, without `size`."""


class PhoneRecords:
    """The part of the store that is about phones."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, changes: PhoneChanges) -> None:
        """Write behind, all at once."""
        with self._engine.begin() as connection:
            _replace(connection, fetches, changes.fetches)
            _replace(connection, enrolments, changes.enrolments)
            _save_sightings(connection, changes.sightings)
            sized = [{**row, "size": len(row["content"])} for row in changes.uploads]
            _replace(connection, uploads, sized)
            if sized:
                _drop_oldest(connection)

    def load(self) -> PhoneChanges:
        """All but the uploads."""
        with self._engine.connect() as connection:
            seen = [json.loads(record) for record in connection.scalars(select(sightings.c.record))]
            return PhoneChanges(
                [dict(row) for row in connection.execute(_fetches()).mappings()],
                [dict(row) for row in connection.execute(select(enrolments)).mappings()],
                {row["mac"]: row for row in seen},
            )

    def uploads(self, mac: str) -> list[Row]:
        """What a phone sent, the latest first, with the content."""
        query = select(uploads).where(uploads.c.mac == mac).order_by(uploads.c.at.desc())
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def overridden(self) -> list[str]:
        """Phones that sent settings which were made on them, by MAC address."""
        query = select(uploads.c.mac).where(uploads.c.kind == "override").distinct()
        with self._engine.connect() as connection:
            return sorted(connection.scalars(query))


def _fetches() -> Any:
    return select(fetches).order_by(fetches.c.at)


def _replace(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(insert(table).prefix_with("OR REPLACE"), list(rows))


def _save_sightings(connection: Connection, changes: Mapping[str, Row | None]) -> None:
    gone = [{"gone": mac} for mac, row in changes.items() if row is None]
    if gone:
        connection.execute(delete(sightings).where(sightings.c.mac == bindparam("gone")), gone)
    kept = [{"mac": mac, "record": json.dumps(row)} for mac, row in changes.items() if row]
    _replace(connection, sightings, kept)


def _drop_oldest(connection: Connection) -> None:
    columns = uploads.c
    query = select(columns.mac, columns.name, columns.size).order_by(columns.at.desc())
    total, gone = 0, []
    for mac, name, size in connection.execute(query).all():
        total += size
        if total > MOST_STORED:
            gone.append({"of": mac, "called": name})
    if gone:
        chosen = (columns.mac == bindparam("of")) & (columns.name == bindparam("called"))
        connection.execute(delete(uploads).where(chosen), gone)
