"""The alembic environment of registry."""

from services.registry.models import metadata
from shared.migrations import run_environment

run_environment(metadata)
