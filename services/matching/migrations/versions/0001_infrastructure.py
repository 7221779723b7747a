"""Create the tables that every service has: feed, cursors, idempotency keys, operations, job queue."""

from alembic import op
from shared.migrations import run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "infrastructure_r1.sql")
