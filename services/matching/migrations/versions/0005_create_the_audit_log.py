"""Create the audit log: entries, their chain and its anchors, to which the app role may only add."""

from alembic import op
from shared.migrations import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "audit_r1.sql")
