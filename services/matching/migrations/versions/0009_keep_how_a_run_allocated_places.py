"""Keep how a run allocated places."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Give runs the record of their allocation; older runs have none."""
    op.add_column("runs", sa.Column("allocation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
