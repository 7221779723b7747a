"""Know who wrote a demand or a supply last: who did may not approve it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("demands", sa.Column("edited_by", sa.Text(), nullable=True))
    op.add_column("supplies", sa.Column("edited_by", sa.Text(), nullable=True))
