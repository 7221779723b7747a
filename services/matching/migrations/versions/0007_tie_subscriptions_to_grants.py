"""Tie a subscription that an application makes for somebody to its grant, and let who made it see it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.migrations import run_script

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("grant_id", sa.Uuid(), nullable=True))
    op.add_column("subscriptions", sa.Column("grant_ends_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.create_index(op.f("ix_subscriptions_grant_id"), "subscriptions", ["grant_id"], unique=False)
    run_script(op.get_bind(), "row_level_security_of_grants.sql", package="services.matching.migrations")
