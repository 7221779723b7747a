"""Let a side answer by a link."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | Sequence[str] | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "answer_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pairing_id", sa.Uuid(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("demand", "supply", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "question",
            sa.Enum(
                "answer",
                "agree",
                "release",
                "report_start",
                "report_completion",
                "rate",
                name="question",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("used_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("code_asked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("codes_asked", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=True),
        sa.Column("code_expires_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("tries_left", sa.BigInteger(), nullable=False),
        sa.Column("undeliverable_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairings.id"], name=op.f("fk_answer_links_pairing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_answer_links_token_hash")),
    )
    op.create_index(op.f("ix_answer_links_expires_at"), "answer_links", ["expires_at"], unique=False)
    op.create_index(op.f("ix_answer_links_pairing_id"), "answer_links", ["pairing_id"], unique=False)

    op.execute("CALL guard_rows('answer_links')")
    # The sub-select sees the pairings that the office sees; who follows a link is let in by the platform.
    op.execute(
        "CREATE POLICY kept ON answer_links USING ((SELECT app_prefix('rural')) IS NOT NULL"
        " AND EXISTS (SELECT FROM pairings p WHERE p.id = pairing_id))"
        " WITH CHECK ((SELECT app_prefix('rural')) IS NOT NULL"
        " AND EXISTS (SELECT FROM pairings p WHERE p.id = pairing_id))"
    )
