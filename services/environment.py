"""Run a command in the environment of the all-in-one platform that keeps its data in a folder, running or not."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from services.standalone import SERVICES, read_secrets
from shared.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresFailed, claim
from shared.embedded_postgres.errors import DataRootInUse


def main() -> None:
    """Do what the command line asks, and end as the command does."""
    parser = argparse.ArgumentParser(prog="python -m services.environment", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the platform's database, secrets and logs")
    parser.add_argument("command", nargs="+", help="what to run, after --")
    options = parser.parse_args()
    if not (options.data / "secrets.json").exists():
        sys.exit(f"{options.data} 中没有平台的数据 · no platform has its data in {options.data}")
    sys.exit(run_within(options.data, options.command))


def run_within(data: Path, command: Sequence[str]) -> int:
    """
    Run a command and return its exit code; a platform that does not run is kept from starting meanwhile.

    :raises EmbeddedPostgresFailed: if the database cannot be started
    """
    with ExitStack() as stack:
        port = data / "database-port"
        database = EmbeddedPostgres(data, port=int(port.read_text()) if port.exists() else None)
        try:
            stack.enter_context(claim(data))
        except DataRootInUse:
            database.start()  # the platform runs: its database is adopted, and stays
        else:
            stack.enter_context(database)
        environment = os.environ | read_environment(data, database)
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603


def read_environment(data: Path, database: EmbeddedPostgres) -> dict[str, str]:
    """Return the secrets of a platform and the DSNs of its databases, those of the owner roles too."""
    known = read_secrets(data)
    environment = {"XIANGQIAO_SECRET_KEY": str(known["secret_key"])}
    for service, access in database.ensure_databases(SERVICES).items():
        environment |= {
            f"{service.upper()}_DATABASE_URL": access.app_dsn,
            f"{service.upper()}_OWNER_DATABASE_URL": access.owner_dsn,
            f"{service.upper()}_CLIENT_SECRET": str(known["clients"][service]),
        }
    return environment


if __name__ == "__main__":
    try:
        main()
    except EmbeddedPostgresFailed as failed:
        sys.exit(str(failed))
