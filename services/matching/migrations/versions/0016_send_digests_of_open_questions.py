"""Send digests of open questions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | Sequence[str] | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLES = (
    "system_administrator", "security_administrator", "audit_administrator", "provincial_officer", "rural_officer",
    "village_editor", "civil_affairs_officer", "supervising_unit", "organization", "partner_application", "service",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "digest_recipients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email_sealed", sa.Text(), nullable=True),
        sa.Column("email_masked", sa.Text(), nullable=True),
        sa.Column(
            "frequency",
            sa.Enum("none", "daily", "weekly", name="frequency", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("quiet_from", sa.BigInteger(), nullable=False),
        sa.Column("quiet_until", sa.BigInteger(), nullable=False),
        sa.Column("confirmation", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("unsubscribed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("refusals", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column(
            "owner_role",
            sa.Enum(*ROLES, name="role", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("division", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "quiet_from BETWEEN 0 AND 23 AND quiet_until BETWEEN 0 AND 23",
            name=op.f("ck_digest_recipients_hours_of_a_day"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_recipients")),
    )
    op.create_index(op.f("ix_digest_recipients_frequency"), "digest_recipients", ["frequency"], unique=False)
    op.create_index(op.f("ix_digest_recipients_owner"), "digest_recipients", ["owner"], unique=False)
    op.create_table(
        "digests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "sent",
                "skipped",
                "lapsed",
                "refused",
                name="digeststatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("questions", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("sending_until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("counted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["digest_recipients.id"], name=op.f("fk_digests_recipient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("recipient_id", "period", name=op.f("uq_digests_recipient_id_period")),
    )
    op.create_index(op.f("ix_digests_created_at"), "digests", ["created_at"], unique=False)

    op.execute("CALL guard_rows('digest_recipients', 'digests')")
    # Both roles of an office of the demand side share the scope; the repository parts them, as it does subscriptions.
    op.execute(
        "CREATE POLICY kept ON digest_recipients USING (owner = ANY ((SELECT subscription_owners())::text[]))"
        " WITH CHECK (owner = ANY ((SELECT subscription_owners())::text[]))"
    )
