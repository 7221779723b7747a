"""Keep grants to partner applications, each closed to all but its grantor, its application and who administers them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.migrations import run_script

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column(
            "grantor_role",
            sa.Enum(
                "system_administrator",
                "security_administrator",
                "audit_administrator",
                "provincial_officer",
                "rural_officer",
                "village_editor",
                "civil_affairs_officer",
                "supervising_unit",
                "organization",
                "partner_application",
                "service",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("grantor_scope", sa.Text(), nullable=False),
        sa.Column("division", sa.Text(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["application"], ["api_clients.client_id"], name=op.f("fk_grants_application")),
        sa.ForeignKeyConstraint(["granted_by"], ["api_clients.client_id"], name=op.f("fk_grants_granted_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_grants_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_application"), "grants", ["application"], unique=False)
    op.create_index(op.f("ix_grants_ends_at"), "grants", ["ends_at"], unique=False)
    op.create_index(op.f("ix_grants_granted_by"), "grants", ["granted_by"], unique=False)
    op.create_index(op.f("ix_grants_grantor_scope"), "grants", ["grantor_scope"], unique=False)
    op.create_index(op.f("ix_grants_organization_id"), "grants", ["organization_id"], unique=False)
    run_script(op.get_bind(), "row_level_security_of_grants.sql", package="services.registry.migrations")
