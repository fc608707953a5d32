"""What is remembered of phones: fetches, enrolments, sightings, uploads."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "fetches",
        sa.Column("mac", sa.String(12), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("etag", sa.String(64), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("peer", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
    )
    op.create_table(
        "enrolments",
        sa.Column("mac", sa.String(12), primary_key=True),
        sa.Column("opened", sa.Float, nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("used", sa.Float),
        sa.Column("peer", sa.String(64), nullable=False),
    )
    op.create_table(
        "sightings",
        sa.Column("mac", sa.String(12), primary_key=True),
        sa.Column("record", sa.Text, nullable=False),
    )
    op.create_table(
        "uploads",
        sa.Column("mac", sa.String(12), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("peer", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
