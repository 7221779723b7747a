"""The command line of every service: what one can ask of it, and what is said where settings or database are wrong."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from shared.audit.commands import add_commands
from shared.audit.keys import with_audit_key
from shared.database_checks import DatabaseUnfit
from shared.db import Database
from shared.logs import configure_logs, doing
from shared.migrations import upgrade
from shared.resealing import SealedColumn, reseal
from shared.settings import CommonSettings, MissingSettings, ServiceSettings, load

logger = logging.getLogger(__name__)


class ValuesUnreadable(Exception):
    """Some sealed values open with none of the keys that are set."""


def migrate(settings: ServiceSettings, migrations: Path) -> None:
    """
    Bring the database to the newest schema as the owner role.

    :raises MissingSettings: without the owner's DSN
    """
    if settings.owner_database_url is None:
        prefix = settings.model_config.get("env_prefix", "")
        raise MissingSettings(
            f"迁移需要所有者角色的连接 {prefix}OWNER_DATABASE_URL\nThe migration needs {prefix}OWNER_DATABASE_URL."
        )
    upgrade(migrations, settings.owner_database_url.get_secret_value())


def reseal_database(service: str, settings: ServiceSettings, columns: Sequence[SealedColumn]) -> None:
    """
    Seal everything in the service's database with the data key of today; it may be ended and begun again.

    :raises ValuesUnreadable: if some values open with no key that is set; the others are sealed anew
    """
    common = load(CommonSettings)
    configure_logs(f"{service}-reseal", common.log_level)
    doing.set("reseal")

    async def work() -> None:
        info = with_audit_key(common)
        database = Database(settings.database_url.get_secret_value(), name=f"{service}-reseal", pool_size=1, info=info)
        try:
            done = await reseal(database, common.sealer(), columns)
        finally:
            await database.close()
        logger.info("sealed anew", extra={"resealed": done.resealed, "unreadable": done.unreadable})
        if done.unreadable:
            raise ValuesUnreadable(
                f"{service}: {done.unreadable} 个密封值无法用现有密钥打开,请在 XIANGQIAO_DATA_KEYS 中补回旧密钥\n"
                f"{service}: {done.unreadable} sealed values open with no key that is set; add the old key again."
            )

    asyncio.run(work())


def command_line(service: str) -> argparse.ArgumentParser:
    """Return the parser that every service's ``python -m services.<service>`` begins with."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service}")
    commands = parser.add_subparsers(dest="command")
    api = commands.add_parser("serve", help="serve the API (the default)")
    api.add_argument("--host", default="127.0.0.1")
    api.add_argument("--port", type=int, default=8000)
    commands.add_parser("migrate", help="bring the database to the newest schema, as the owner role")
    add_commands(commands)
    commands.add_parser("reseal", help="seal what the database keeps secret with the data key of today")
    parser.set_defaults(command="serve", host="127.0.0.1", port=8000, commands=commands)
    return parser


def run_command(work: Callable[[], None]) -> None:
    """Do what the command line asks, and end with one clear message if settings or database are wrong."""
    try:
        work()
    except (MissingSettings, DatabaseUnfit, ValuesUnreadable) as error:
        sys.exit(str(error))
