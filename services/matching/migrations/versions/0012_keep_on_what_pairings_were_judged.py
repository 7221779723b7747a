"""Let a pairing keep on what it was judged, and find an organization's completed pairings quickly."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Older pairings stay without: what they were judged on is not known any more."""
    op.add_column("pairings", sa.Column("judged_on", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_index(
        "ix_pairings_completed", "pairings", ["organization_id"], postgresql_where=sa.text("status = 'completed'")
    )
