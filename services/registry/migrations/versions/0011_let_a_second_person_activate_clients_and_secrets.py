"""Let a second person activate clients and secrets; those that are there stay active."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for table in ("api_clients", "api_client_secrets"):
        op.add_column(table, sa.Column("activated_at", sa.TIMESTAMP(timezone=True), nullable=True))
        op.add_column(table, sa.Column("activated_by", sa.Text(), nullable=True))
        op.execute(f"update {table} set activated_at = created_at, activated_by = created_by")  # noqa: S608
