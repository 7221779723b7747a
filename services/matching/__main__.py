"""The command line of matching: ``serve``, ``migrate``, ``reseal``, ``audit-verify`` and ``audit-trim``."""

from pathlib import Path

from services.matching.main import create_app
from services.matching.models import SEALED
from services.matching.settings import Settings
from shared.audit.commands import COMMANDS, run_audit_command
from shared.serving import command_line, migrate, reseal_database, run_api, run_command
from shared.settings import load

MIGRATIONS = Path(__file__).parent / "migrations"


def main() -> None:
    """Do what the command line asks."""
    options = command_line("matching").parse_args()
    if options.command == "migrate":
        migrate(load(Settings), MIGRATIONS)
    elif options.command in COMMANDS:
        run_audit_command("matching", load(Settings), options)
    elif options.command == "reseal":
        reseal_database("matching", load(Settings), SEALED)
    else:
        run_api("matching", create_app, host=options.host, port=options.port)


if __name__ == "__main__":
    run_command(main)
