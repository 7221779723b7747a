"""The alembic environment of projects."""

from services.projects.models import metadata
from shared.migrations import run_environment

run_environment(metadata)
