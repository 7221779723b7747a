"""Let a renewal wait beside the qualification in force: two of a kind may be verified."""

from collections.abc import Sequence

from alembic import op

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index(
        op.f("uq_qualifications_verified"),
        table_name="qualifications",
        postgresql_where="((status)::text = 'verified'::text)",
    )
