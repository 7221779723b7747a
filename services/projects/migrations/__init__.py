"""The alembic migrations of projects."""
