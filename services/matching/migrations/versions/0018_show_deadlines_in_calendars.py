"""Show deadlines in calendars."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | Sequence[str] | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLES = (
    "system_administrator", "security_administrator", "audit_administrator", "provincial_officer", "rural_officer",
    "village_editor", "civil_affairs_officer", "supervising_unit", "organization", "partner_application", "service",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "deadline_calendars",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column(
            "owner_role",
            sa.Enum(*ROLES, name="role", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("division", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_calendars")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_deadline_calendars_token_hash")),
    )
    op.create_index(op.f("ix_deadline_calendars_owner"), "deadline_calendars", ["owner"], unique=False)

    op.execute("CALL guard_rows('deadline_calendars')")
    op.execute(
        "CREATE POLICY kept ON deadline_calendars USING (owner = ANY ((SELECT subscription_owners())::text[]))"
        " WITH CHECK (owner = ANY ((SELECT subscription_owners())::text[]))"
    )
