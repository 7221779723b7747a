"""Tie API clients to an organization on record; what is there already is not checked again."""

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_foreign_key(
        op.f("fk_api_clients_organization_id"),
        "api_clients",
        "organizations",
        ["organization_id"],
        ["id"],
        postgresql_not_valid=True,
    )
