"""What subscribers and publishers rely on: subscriptions, publications, message counts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "event_states",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("expires", sa.Float),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("event_states")
