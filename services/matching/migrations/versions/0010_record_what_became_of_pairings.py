"""Rate completed pairings, and let a pairing keep the fields of its demand, by which the funnel is parted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.migrations import run_script

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SIDES = ("demand", "supply")
ROLES = (
    "system_administrator", "security_administrator", "audit_administrator", "provincial_officer", "rural_officer",
    "village_editor", "civil_affairs_officer", "supervising_unit", "organization", "partner_application", "service",
)  # fmt: skip


def upgrade() -> None:
    """Older pairings take the fields that their demand has now, if it is still mirrored."""
    op.create_table(
        "pairing_ratings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pairing_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Enum(*SIDES, native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column("stars", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("by_subject", sa.Text(), nullable=False),
        sa.Column("by_role", sa.Enum(*ROLES, native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_pairing_ratings_stars_one_to_five")),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairings.id"], name=op.f("fk_pairing_ratings_pairing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairing_ratings")),
        sa.UniqueConstraint("pairing_id", "side", name=op.f("uq_pairing_ratings_pairing_id_side")),
    )
    run_script(op.get_bind(), "row_level_security_of_ratings.sql", package="services.matching.migrations")
    op.add_column("pairings", sa.Column("demand_fields", postgresql.ARRAY(sa.Text()), nullable=True))
    op.execute(
        "UPDATE pairings SET demand_fields = ARRAY(SELECT jsonb_array_elements_text(d.data -> 'fields') ORDER BY 1)"
        " FROM demand_profiles d WHERE d.id = pairings.demand_id"
    )
