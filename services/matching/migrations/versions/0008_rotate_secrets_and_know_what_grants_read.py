"""Keep a replaced webhook secret for a while, and know what the grant of a subscription lets it read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("grant_scopes", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("subscriptions", sa.Column("previous_secret_sealed", sa.Text(), nullable=True))
    op.add_column("subscriptions", sa.Column("previous_secret_until", sa.TIMESTAMP(timezone=True), nullable=True))
