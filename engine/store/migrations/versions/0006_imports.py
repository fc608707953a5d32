"""What is remembered of imports: who was seen, who is missing, numbers given, the latest result."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "imported_people",
        sa.Column("importer", sa.String(80), primary_key=True),
        sa.Column("source_id", sa.String(256), primary_key=True),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("seen", sa.Float, nullable=False),
        sa.Column("missing", sa.Float),
        sa.Column("forced", sa.Integer, nullable=False),
    )
    op.create_table(
        "given_numbers",
        sa.Column("number", sa.String(32), primary_key=True),
        sa.Column("importer", sa.String(80), nullable=False),
        sa.Column("source_id", sa.String(256), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_table(
        "imports",
        sa.Column("importer", sa.String(80), primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("commit", sa.String(64)),
        sa.Column("warnings", sa.Integer, nullable=False),
    )
