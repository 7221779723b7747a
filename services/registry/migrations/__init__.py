"""The alembic migrations of registry."""
