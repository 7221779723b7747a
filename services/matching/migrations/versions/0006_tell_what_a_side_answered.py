"""Tell what a side answered."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Give the lines of the history the answer; older lines do not know it."""
    op.add_column("pairing_events", sa.Column("answer", sa.String(40), nullable=True))
    op.create_check_constraint(
        op.f("ck_pairing_events_answer"), "pairing_events", "answer IN ('interested', 'agreed', 'declined')"
    )
