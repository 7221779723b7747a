"""The alembic migrations of matching."""
