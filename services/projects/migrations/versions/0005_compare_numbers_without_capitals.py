"""Compare the numbers of demands and supplies without capitals: x1 and X1 are one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.drop_index(op.f("uq_demands_office_source_number"), table_name="demands")
    op.create_index(
        "uq_demands_office_source_number", "demands", ["office", sa.literal_column("upper(source_number)")], unique=True
    )
    op.drop_index(op.f("uq_supplies_office_source_number"), table_name="supplies")
    op.create_index(
        "uq_supplies_office_source_number",
        "supplies",
        ["office", sa.literal_column("upper(source_number)")],
        unique=True,
    )
