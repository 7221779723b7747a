"""Record which profiles changed, so that whoever keeps the market in memory follows them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = ("division", "organization", "demand", "supply")


def upgrade() -> None:
    op.create_table(
        "profile_changes",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="profilekind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_profile_changes")),
    )
    op.create_index("ix_profile_changes_source", "profile_changes", ["source", "seq"])
    op.create_index(op.f("ix_profile_changes_changed_at"), "profile_changes", ["changed_at"])
    op.execute("CALL guard_rows('profile_changes')")
