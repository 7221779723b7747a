"""keep the contacts of organizations, sealed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "organization_contacts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("contact_sealed", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_organization_contacts_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_organization_contacts")),
    )
    op.execute("CALL guard_rows('organization_contacts')")
    op.execute(
        """
        CREATE POLICY kept ON organization_contacts USING (
            organization_id = (SELECT app_organization()) OR EXISTS (
                SELECT FROM organizations o
                WHERE o.id = organization_id AND starts_with(o.record_division, (SELECT app_prefix('civil')))
            )
        ) WITH CHECK (
            organization_id = (SELECT app_organization()) OR EXISTS (
                SELECT FROM organizations o
                WHERE o.id = organization_id AND starts_with(o.record_division, (SELECT app_prefix('civil')))
            )
        )
        """
    )
