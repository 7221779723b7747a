"""Close the rows of matching to transactions whose scope does not include them (row-level security)."""

from alembic import op
from shared.migrations import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "row_level_security_r1.sql")
    run_script(op.get_bind(), "row_level_security_r1.sql", package="services.matching.migrations")
