"""Let subscribers choose what they hear and how it comes, and endpoints consent before they are sent events."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FAULTS = "'refused', 'redirected', 'gone', 'timeout', 'unreachable', 'unsigned', 'unproven'"


def upgrade() -> None:
    """Let what is there count as consenting: it has been sent events."""
    for column in (
        sa.Column("filter_division", sa.Text(), nullable=True),
        sa.Column("filter_fields", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("filter_organization_id", sa.Uuid(), nullable=True),
        sa.Column("filter_score", sa.Double(), nullable=True),
        sa.Column("payload_version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("order_mode", sa.String(40), server_default=sa.text("'pairing'"), nullable=False),
        sa.Column("most_per_minute", sa.BigInteger(), nullable=True),
        sa.Column("paced_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("consented_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sandbox", sa.Boolean(), server_default=sa.false(), nullable=False),
    ):
        op.add_column("subscriptions", column)
    op.create_check_constraint(
        op.f("ck_subscriptions_order_mode_known"), "subscriptions", "order_mode IN ('pairing', 'endpoint')"
    )
    op.execute("UPDATE subscriptions SET consented_at = created_at")
    op.drop_constraint(op.f("ck_deliveries_last_fault_known"), "deliveries", type_="check")
    op.create_check_constraint(op.f("ck_deliveries_last_fault_known"), "deliveries", f"last_fault IN ({FAULTS})")
