"""The command line of registry: serve, migrate, reseal, keys, clients, reference tables and the audit log."""

import argparse
import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from services.registry.settings import Settings
from shared.audit.commands import COMMANDS, run_audit_command
from shared.audit.keys import with_audit_key
from shared.command_line import command_line, migrate, reseal_database, run_command
from shared.db import Database
from shared.logs import doing
from shared.settings import CommonSettings, load

MIGRATIONS = Path(__file__).parent / "migrations"


def main() -> None:
    """Do what the command line asks."""
    parser = command_line("registry")
    commands = parser.get_default("commands")
    commands.add_parser("load-reference", help="bring the divisions to the state of the reference tables")
    bootstrap = commands.add_parser("bootstrap", help="create the first administrators and the services' clients")
    bootstrap.add_argument("file", type=Path, help="a JSON list of clients with their secrets")
    rotation = commands.add_parser("rotate-keys", help="let the next key sign tokens, and publish one after it")
    rotation.add_argument("--leaked", action="store_true", help="replace every key at once: all tokens end")
    options = parser.parse_args()
    settings = load(Settings)
    if options.command == "serve":
        # The application takes 2 s to import: no other command is to wait for it.
        from services.registry.main import create_app
        from shared.serving import run_api

        run_api("registry", create_app, host=options.host, port=options.port)
    elif options.command == "migrate":
        migrate(settings, MIGRATIONS)
    elif options.command in COMMANDS:
        run_audit_command("registry", settings, options)
    elif options.command == "reseal":
        from services.registry.models import SEALED

        reseal_database("registry", settings, SEALED)
    else:
        _set_up(settings, options)


def _set_up(settings: Settings, options: argparse.Namespace) -> None:
    from services.registry.bootstrap import bootstrap_clients, load_reference, read_clients, rotate_keys

    common = load(CommonSettings)
    doing.set(options.command)
    database = Database(settings.database_url.get_secret_value(), name="registry-setup", info=with_audit_key(common))
    if options.command == "load-reference":
        asyncio.run(load_reference(database, towns_under=settings.towns_under))
        return
    sealer = common.sealer()
    if options.command == "rotate-keys":
        life = timedelta(seconds=settings.token_seconds)
        done = asyncio.run(rotate_keys(database, sealer, longest_token=life, leaked=options.leaked))
        sys.stdout.write(f"{done}\n")
    else:
        asyncio.run(bootstrap_clients(database, sealer, read_clients(options.file)))


if __name__ == "__main__":
    run_command(main)
