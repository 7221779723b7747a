"""Give API clients two secrets with an end and a last use, and let signing keys be published before they sign."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "api_client_secrets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("api_client_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["api_client_id"], ["api_clients.id"], name=op.f("fk_api_client_secrets_api_client_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client_secrets")),
    )
    op.create_index(op.f("ix_api_client_secrets_api_client_id"), "api_client_secrets", ["api_client_id"], unique=False)
    op.create_index(op.f("ix_api_client_secrets_revoked_at"), "api_client_secrets", ["revoked_at"], unique=False)
    op.execute(
        "insert into api_client_secrets (id, api_client_id, secret_hash, created_at, created_by)"
        " select gen_random_uuid(), id, secret_hash, created_at, created_by from api_clients"
    )
    op.drop_column("api_clients", "secret_hash")
    op.add_column("api_clients", sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.create_index(op.f("ix_api_clients_disabled_at"), "api_clients", ["disabled_at"], unique=False)
    op.add_column("signing_keys", sa.Column("signs_from", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("signing_keys", sa.Column("published_until", sa.TIMESTAMP(timezone=True), nullable=True))
    op.execute("update signing_keys set signs_from = created_at")
    op.drop_index("uq_signing_keys_current", table_name="signing_keys", postgresql_where="(retired_at IS NULL)")
    op.create_index(
        "uq_signing_keys_next",
        "signing_keys",
        [sa.literal_column("(signs_from is null)")],
        unique=True,
        postgresql_where=sa.text("signs_from is null"),
    )
