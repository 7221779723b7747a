"""The alembic environment of matching."""

from services.matching.models import metadata
from shared.migrations import run_environment

run_environment(metadata)
