"""Record which profiles changed, for whoever keeps the market in memory, and keep the terms that replicas weigh alike."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | Sequence[str] | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = ("division", "organization", "demand", "supply", "track_record")


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
    op.create_table(
        "corpus_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.Column("frequencies", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corpus_terms")),
    )
    op.execute("CALL guard_rows('profile_changes', 'corpus_terms')")
