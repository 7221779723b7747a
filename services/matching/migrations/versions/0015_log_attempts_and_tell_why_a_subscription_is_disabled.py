"""Log the attempts of a delivery, and know since when an endpoint fails and why a subscription is disabled."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Call what is disabled without a grant gone: until now there was no other reason."""
    op.add_column("subscriptions", sa.Column("disabled_reason", sa.String(40), nullable=True))
    op.add_column("subscriptions", sa.Column("failing_since", sa.TIMESTAMP(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_subscriptions_disabled_reason_known"),
        "subscriptions",
        "disabled_reason IN ('gone', 'failing', 'grant_ended')",
    )
    op.execute(
        "UPDATE subscriptions SET disabled_reason = CASE WHEN grant_id IS NULL THEN 'gone' ELSE 'grant_ended' END"
        " WHERE status = 'disabled'"
    )
    log = sa.Column(
        "attempt_log", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
    )
    op.add_column("deliveries", log)
    op.create_index(
        "ix_deliveries_logged", "deliveries", ["last_attempt_at"], postgresql_where=sa.text("attempt_log <> '[]'")
    )
