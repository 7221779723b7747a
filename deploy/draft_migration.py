"""Write a migration for a service's changed models: ``python -m deploy.draft_migration SERVICE "message"``."""

import sys
import tempfile
from pathlib import Path

from shared.embedded_postgres import EmbeddedPostgres
from shared.migrations import draft, upgrade


def main(service: str, message: str) -> None:
    """Migrate an empty database to the present head and let alembic write the difference to the models."""
    migrations = Path("services") / service / "migrations"
    number = max((int(path.name[:4]) for path in (migrations / "versions").glob("[0-9]*.py")), default=0) + 1
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "data", durable=False, stop_with_parent=True)
        try:
            server.start()
            access = server.ensure_databases([service])[service]
            upgrade(migrations, access.owner_dsn)
            draft(migrations, access.owner_dsn, message, f"{number:04}")
        finally:
            server.remove()


if __name__ == "__main__":
    main(*sys.argv[1:3])
