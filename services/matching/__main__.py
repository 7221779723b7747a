"""The command line of matching: ``serve``, ``migrate``, ``reseal``, ``audit-verify`` and ``audit-trim``."""

from pathlib import Path

from services.matching.settings import Settings
from shared.audit.commands import COMMANDS, run_audit_command
from shared.command_line import command_line, migrate, reseal_database, run_command
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
        from services.matching.models import SEALED

        reseal_database("matching", load(Settings), SEALED)
    else:
        # The application takes 2 s to import: no other command is to wait for it.
        from services.matching.main import create_app
        from shared.serving import run_api

        run_api("matching", create_app, host=options.host, port=options.port)


if __name__ == "__main__":
    run_command(main)
