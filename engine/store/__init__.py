"""What a node remembers beside the tree: attempts to run commits, registrations, subscriptions,
and what phones fetched and sent.

SQLite in the state directory; never the configuration, never on the path of a packet. Calls
block for as long as the disk does: the event loop calls them in a thread.
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine, bindparam, create_engine, delete, event, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from engine.store.imports import ImportRecords
from engine.store.phones import PhoneChanges, PhoneRecords
from engine.store.tables import bindings, event_states, facts, metadata, revisions

Outcome = Literal[
    "applying", "applied", "unverified", "invalid", "unsafe", "refused", "failed", "unhealthy"
]
"""How an attempt ended; `applying` is what a crash in mid-apply leaves behind."""

SCHEMA_REVISION = "0006"
"""The newest migration; the store is migrated when its database is at another one."""


_SAVE_BINDING = insert(bindings).prefix_with("OR REPLACE")
"""Executed with a list of rows: one at a time, a registration cost half a millisecond."""
_REMOVE_BINDING = delete(bindings).where(
    bindings.c.user == bindparam("gone_user"), bindings.c.contact == bindparam("gone_contact")
)
_SAVE_EVENT_STATE = insert(event_states).prefix_with("OR REPLACE")
_REMOVE_EVENT_STATE = delete(event_states).where(
    event_states.c.kind == bindparam("gone_kind"), event_states.c.id == bindparam("gone_id")
)
EventState = tuple[str, str, float | None, Mapping[str, Any] | None]
"""Kind, id, expiry (epoch seconds; None: never), and the record; None when it is gone."""


class StoreError(Exception):
    """The database cannot be used; the text names the file and says why."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to run a commit. Times are epoch seconds."""

    id: int
    revision: str
    subject: str
    author: str
    outcome: Outcome
    message: str
    summary: str
    started: float
    finished: float | None


class Store:
    """The one query layer. Raises StoreError when the database cannot be opened or migrated."""

    def __init__(self, path: Path) -> None:
        self._engine = _open(path)
        try:
            _migrate(self._engine)
        except DatabaseError as error:
            raise StoreError(f"cannot use the store {path}: {error.orig}") from error
        self.phones = PhoneRecords(self._engine)
        self.imports = ImportRecords(self._engine)

    def close(self) -> None:
        """Let go of the database file."""
        self._engine.dispose()

    # Attempts

    def begin(self, revision: str, subject: str, author: str) -> int:
        """Note that an attempt starts; returns its id. A crash leaves it as `applying`."""
        row = {
            "revision": revision,
            "subject": subject,
            "author": author,
            "outcome": "applying",
            "message": "",
            "summary": "",
            "started": time.time(),
        }
        with self._engine.begin() as connection:
            query = insert(revisions).values(**row).returning(revisions.c.id)
            return int(connection.execute(query).scalar_one())

    def close_interrupted(self) -> None:
        """Attempts that a crash left open: they are over, and what they did is not known."""
        values = {
            "outcome": "failed",
            "message": "the node was stopped while it was applying",
            "finished": time.time(),
        }
        with self._engine.begin() as connection:
            connection.execute(
                update(revisions).where(revisions.c.outcome == "applying").values(**values)
            )

    def finish(self, attempt: int, outcome: Outcome, message: str, summary: str = "") -> None:
        """Note how an attempt ended."""
        values = {
            "outcome": outcome,
            "message": message,
            "summary": summary,
            "finished": time.time(),
        }
        with self._engine.begin() as connection:
            connection.execute(update(revisions).where(revisions.c.id == attempt).values(**values))

    def history(self, limit: int = 50) -> list[Attempt]:
        """The latest attempts, newest first."""
        query = select(revisions).order_by(revisions.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [Attempt(*row) for row in connection.execute(query)]

    def last_outcome(self, revision: str) -> Outcome | None:
        """How the last attempt at a commit ended."""
        query = (
            select(revisions.c.outcome)
            .where(revisions.c.revision == revision)
            .order_by(revisions.c.id.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            outcome: Outcome | None = connection.execute(query).scalar()
        return outcome

    # Single facts

    def put_fact(self, name: str, value: Any) -> None:
        """Remember something that JSON can hold; None forgets it."""
        with self._engine.begin() as connection:
            connection.execute(delete(facts).where(facts.c.name == name))
            if value is not None:
                connection.execute(insert(facts).values(name=name, value=json.dumps(value)))

    def fact(self, name: str) -> Any:
        """What was remembered, or None."""
        with self._engine.connect() as connection:
            found = connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar()
        return None if found is None else json.loads(found)

    # Registrations

    def save_bindings(
        self,
        kept: Iterable[tuple[str, str, float, Mapping[str, Any]]],
        gone: Iterable[tuple[str, str]],
    ) -> None:
        """Write behind: `kept` are (user, contact, expires, record), `gone` are (user, contact)."""
        removed = [{"gone_user": user, "gone_contact": contact} for user, contact in gone]
        saved = [
            {"user": user, "contact": contact, "expires": expires, "record": json.dumps(record)}
            for user, contact, expires, record in kept
        ]
        with self._engine.begin() as connection:
            if removed:
                connection.execute(_REMOVE_BINDING, removed)
            if saved:
                connection.execute(_SAVE_BINDING, saved)

    def load_bindings(self) -> list[dict[str, Any]]:
        """The records of all registrations that have not expired; expired ones are removed."""
        now = time.time()
        with self._engine.begin() as connection:
            connection.execute(delete(bindings).where(bindings.c.expires <= now))
            rows = connection.execute(select(bindings.c.record))
            return [json.loads(row.record) for row in rows]

    def registered(self) -> set[tuple[str, str]]:
        """User and contact of registrations that have not expired."""
        query = select(bindings.c.user, bindings.c.contact).where(bindings.c.expires > time.time())
        with self._engine.connect() as connection:
            return {(user, contact) for user, contact in connection.execute(query)}

    # What subscribers rely on

    def save_event_states(self, states: Iterable[EventState]) -> None:
        """Write behind."""
        saved, removed = [], []
        for kind, id_, expires, record in states:
            if record is None:
                removed.append({"gone_kind": kind, "gone_id": id_})
            else:
                row = {"kind": kind, "id": id_, "expires": expires, "record": json.dumps(record)}
                saved.append(row)
        with self._engine.begin() as connection:
            if removed:
                connection.execute(_REMOVE_EVENT_STATE, removed)
            if saved:
                connection.execute(_SAVE_EVENT_STATE, saved)

    def load_event_states(self) -> list[EventState]:
        """All that have not expired; expired ones are removed."""
        table = event_states.c
        with self._engine.begin() as connection:
            connection.execute(delete(event_states).where(table.expires <= time.time()))
            rows = connection.execute(select(table.kind, table.id, table.expires, table.record))
            return [(kind, id_, expires, json.loads(record)) for kind, id_, expires, record in rows]


def _open(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        # WAL: a reader never waits for a writer, and kill -9 leaves a whole database.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _migrate(engine: Engine) -> None:
    """Bring the database to the newest schema. Alembic is loaded only when there is work."""
    with engine.connect() as connection:
        known = connection.execute(
            text("SELECT name FROM sqlite_master WHERE name = 'alembic_version'")
        ).first()
        current = (
            known and connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        )
    if current == SCHEMA_REVISION:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


__all__ = ["Attempt", "Outcome", "PhoneChanges", "Store", "StoreError", "metadata"]
