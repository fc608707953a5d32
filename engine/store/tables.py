"""The tables of the store. Changing one needs a migration beside this file."""

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

revisions = Table(
    "revisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("started", Float, nullable=False),
    Column("finished", Float),
    Index("revisions_by_revision", "revision"),
)
"""Every attempt to run a commit; `outcome` is an engine.store.Outcome, times are epoch seconds."""

bindings = Table(
    "bindings",
    metadata,
    Column("user", String(64), primary_key=True),
    Column("contact", Text, primary_key=True),
    Column("record", Text, nullable=False),
    Column("expires", Float, nullable=False),
)
"""Registrations, so that a restart loses none. `record` is the binding as JSON."""

event_states = Table(
    "event_states",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("record", Text, nullable=False),
    Column("expires", Float),
)
"""Subscriptions, publications, message counts: what a restart must not lose, as JSON."""

facts = Table(
    "facts",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Single things to remember, as JSON: what ran last, a suspension."""

fetches = Table(
    "fetches",
    metadata,
    Column("mac", String(12), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("status", Integer, nullable=False),
    Column("etag", String(64), nullable=False),
    Column("at", Float, nullable=False),
    Column("peer", String(64), nullable=False),
    Column("user_agent", Text, nullable=False),
)
"""What each phone was last given of each of its files."""

enrolments = Table(
    "enrolments",
    metadata,
    Column("mac", String(12), primary_key=True),
    Column("opened", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("used", Float),
    Column("peer", String(64), nullable=False),
)
"""The latest window of each phone in which its first fetch is told its URL."""

sightings = Table(
    "sightings",
    metadata,
    Column("mac", String(12), primary_key=True),
    Column("record", Text, nullable=False),
)
"""Phones that asked and are not in the tree, as JSON."""

uploads = Table(
    "uploads",
    metadata,
    Column("mac", String(12), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("size", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("peer", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""What phones sent: logs, settings that were made on them, their phone books."""

imported_people = Table(
    "imported_people",
    metadata,
    Column("importer", String(80), primary_key=True),
    Column("source_id", String(256), primary_key=True),
    Column("user", String(64), nullable=False),
    Column("seen", Float, nullable=False),
    Column("missing", Float),
    Column("forced", Integer, nullable=False),
)
"""Whom an import saw when, and since when somebody is missing; `forced`: that is believed."""

given_numbers = Table(
    "given_numbers",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("importer", String(80), nullable=False),
    Column("source_id", String(256), nullable=False),
    Column("at", Float, nullable=False),
)
"""Extensions of people who were imported, those of people who are gone included."""

imports = Table(
    "imports",
    metadata,
    Column("importer", String(80), primary_key=True),
    Column("at", Float, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("commit", String(64)),
    Column("warnings", Integer, nullable=False),
)
"""What became of the latest run of each import."""
