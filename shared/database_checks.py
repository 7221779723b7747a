"""What a database must be able to do before a service starts on it, checked once at start-up."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.errors import Text

OLDEST_MAJOR, NEWEST_MAJOR = 15, 18
CHINESE_SAMPLE = "乡村"


class DatabaseUnfit(Exception):
    """The database cannot carry the service; the message says why and what to do, in Chinese and English."""

    text: Text

    def __init__(self, **facts: Any) -> None:
        super().__init__("\n".join(part.format(**facts) for part in self.text))


class ServerVersionUnsupported(DatabaseUnfit):
    """The server is older or newer than what was tested."""

    text = Text(
        "PostgreSQL {major} 不受支持:请使用 {oldest} 至 {newest} 版。",
        "PostgreSQL {major} is not supported: use version {oldest} to {newest}.",
    )


class EncodingNotUtf8(DatabaseUnfit):
    """The database does not store UTF-8."""

    text = Text(
        "数据库编码为 {encoding},必须为 UTF8:请以 ENCODING 'UTF8' 重建数据库。",
        "The database's encoding is {encoding} and must be UTF8: create it anew with ENCODING 'UTF8'.",
    )


class TrigramsMissing(DatabaseUnfit):
    """The extension pg_trgm is not installed in the database."""

    text = Text(
        "数据库未安装 pg_trgm 扩展:请以超级用户执行 CREATE EXTENSION pg_trgm。",
        "The extension pg_trgm is missing: let a superuser run CREATE EXTENSION pg_trgm in this database.",
    )


class ChineseTrigramsMissing(DatabaseUnfit):
    """pg_trgm takes no Chinese character for a letter, so that a search for a Chinese name finds nothing."""

    text = Text(
        "数据库的 lc_ctype 为 {ctype},pg_trgm 无法处理中文:请以 LC_CTYPE 'C.UTF-8' 重建数据库。",
        "pg_trgm finds no Chinese under the database's lc_ctype {ctype}: create it anew with LC_CTYPE 'C.UTF-8'.",
    )


async def check_database(connection: AsyncConnection) -> None:
    """
    Refuse a database that the service cannot run on.

    :raises DatabaseUnfit: one of its subclasses, for the first check that fails
    """
    await check_server_version(connection)
    await check_encoding(connection)
    await check_chinese_trigrams(connection)


async def check_server_version(connection: AsyncConnection) -> None:
    """
    Refuse a server of a major version that was not tested.

    :raises ServerVersionUnsupported: if it is older than 15 or newer than 18
    """
    major = int(await _ask(connection, "SHOW server_version_num")) // 10_000
    if not OLDEST_MAJOR <= major <= NEWEST_MAJOR:
        raise ServerVersionUnsupported(major=major, oldest=OLDEST_MAJOR, newest=NEWEST_MAJOR)


async def check_encoding(connection: AsyncConnection) -> None:
    """
    Refuse a database that does not store UTF-8.

    :raises EncodingNotUtf8: if its encoding is another one
    """
    encoding = await _ask(connection, "SHOW server_encoding")
    if encoding != "UTF8":
        raise EncodingNotUtf8(encoding=encoding)


async def check_chinese_trigrams(connection: AsyncConnection) -> None:
    """
    Refuse a database in which pg_trgm sees nothing in a Chinese word.

    :raises TrigramsMissing: if the extension is not installed
    :raises ChineseTrigramsMissing: if the character type knows ASCII letters only
    """
    if not await _ask(connection, "SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'"):
        raise TrigramsMissing
    if not await _ask(connection, f"SELECT cardinality(show_trgm('{CHINESE_SAMPLE}'))"):
        ctype = await _ask(connection, "SELECT datctype FROM pg_database WHERE datname = current_database()")
        raise ChineseTrigramsMissing(ctype=ctype)


async def _ask(connection: AsyncConnection, question: str) -> Any:
    return (await connection.execute(text(question))).scalar_one()
