"""keep the contacts of demands, sealed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "demand_contacts",
        sa.Column("demand_id", sa.Uuid(), nullable=False),
        sa.Column("contact_sealed", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demands.id"], name=op.f("fk_demand_contacts_demand_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("demand_id", name=op.f("pk_demand_contacts")),
    )
    op.execute("CALL guard_rows('demand_contacts')")
    op.execute(
        """
        CREATE POLICY kept ON demand_contacts USING (
            EXISTS (
                SELECT FROM demands d
                WHERE d.id = demand_id AND starts_with(d.division, (SELECT app_prefix('rural')))
            )
        ) WITH CHECK (
            EXISTS (
                SELECT FROM demands d
                WHERE d.id = demand_id AND starts_with(d.division, (SELECT app_prefix('rural')))
            )
        )
        """
    )
