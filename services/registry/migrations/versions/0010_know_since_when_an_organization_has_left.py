"""Know since when an organization has left: its contact is kept for a time from then on, whatever changes later."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("organizations", sa.Column("left_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.execute("update organizations set left_at = updated_at where enrolment_status = 'left'")
