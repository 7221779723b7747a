"""The commands of the audit log: ``audit-verify`` by whoever must trust it, ``audit-trim`` as the owner role."""

import argparse
import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from shared.audit.chain import Head, append_links
from shared.audit.errors import ChainBroken
from shared.audit.keys import KeyRing
from shared.audit.trim import trim_audit
from shared.audit.verify import Verified, verify_chain
from shared.db import Database
from shared.logs import doing
from shared.settings import CommonSettings, MissingSettings, ServiceSettings, load

VERIFY, TRIM = "audit-verify", "audit-trim"
COMMANDS = {VERIFY, TRIM}
LONGEST_STATEMENT_MS = 3_600_000


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands to a service's command line."""
    verify = commands.add_parser(VERIFY, help="check the audit log against its chain, and say where it was changed")
    verify.add_argument(
        "--heads", type=Path, help="a JSON file of heads kept outside: checked, then brought up to date"
    )
    commands.add_parser(TRIM, help="delete what is older than XIANGQIAO_AUDIT_DAYS, as the owner role")


def run_audit_command(service: str, settings: ServiceSettings, options: argparse.Namespace) -> None:
    """
    Do one of the commands, and end the process with status 1 and one clear message where the log is not in order.

    :raises MissingSettings: if trimming is asked for without the owner's DSN
    """
    common = load(CommonSettings)
    doing.set(options.command)
    try:
        if options.command == TRIM:
            said = asyncio.run(_trim(service, settings, common))
        else:
            said = asyncio.run(_verify(service, settings, common, options.heads))
    except ChainBroken as broken:
        sys.exit(f"{service}: {broken}")
    sys.stdout.write(said + "\n")


async def _verify(service: str, settings: ServiceSettings, common: CommonSettings, heads: Path | None) -> str:
    keys, known = KeyRing(common), read_head_of(service, heads)
    database = Database(
        settings.database_url.get_secret_value(), name=VERIFY, statement_timeout_ms=LONGEST_STATEMENT_MS
    )
    try:
        await append_links(database, keys.current)
        async with database.engine.connect() as connection:
            found = await verify_snapshot(connection, keys, known=known)
    finally:
        await database.close()
    if heads:
        keep_head_of(service, heads, found.head)
    count = found.head.pos - found.begins_after
    return (
        f"{service}: 审计日志完整,共 {count} 条(第 {found.begins_after + 1} 至 {found.head.pos} 位)。"
        f"The audit log is in order: {count} entries, head {found.head.pos}:{found.head.hash}"
    )


async def verify_snapshot(connection: AsyncConnection, keys: KeyRing, *, known: Head | None = None) -> Verified:
    """
    Check the whole chain as it stood at one moment.

    :raises ChainBroken: for the first fault
    """
    steady = await connection.execution_options(isolation_level="REPEATABLE READ")
    async with steady.begin():
        return await verify_chain(steady, keys, known=known)


async def _trim(service: str, settings: ServiceSettings, common: CommonSettings) -> str:
    if settings.owner_database_url is None:
        prefix = settings.model_config.get("env_prefix", "")
        raise MissingSettings(
            f"清理审计日志需要所有者角色的连接 {prefix}OWNER_DATABASE_URL\nTrimming needs {prefix}OWNER_DATABASE_URL."
        )
    engine = create_async_engine(settings.owner_database_url.get_secret_value())
    try:
        async with engine.begin() as connection:
            deleted = await trim_audit(connection, KeyRing(common), keep_days=common.audit_days)
    finally:
        await engine.dispose()
    days = common.audit_days
    return f"{service}: 已清理 {days} 天以前的 {deleted} 条。Trimmed {deleted} entries older than {days} days."


def read_head_of(service: str, heads: Path | None) -> Head | None:
    """Return the head of a service that was kept outside the database, if one was."""
    if heads is None or not heads.exists():
        return None
    with suppress(KeyError):
        kept = json.loads(heads.read_text(encoding="utf-8"))[service]
        return Head(int(kept["pos"]), str(kept["hash"]))
    return None


def keep_head_of(service: str, heads: Path, head: Head) -> None:
    """Write the head of a service beside those of the others."""
    kept = json.loads(heads.read_text(encoding="utf-8")) if heads.exists() else {}
    kept[service] = head._asdict()
    fresh = heads.with_suffix(".new")
    fresh.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    fresh.replace(heads)
