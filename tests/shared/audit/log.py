"""What the tests of the audit log read of it, and how they fill it."""

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.audit.models import AuditEntry, AuditLink
from shared.db import Database

FILL = text("""
    with made as (
        insert into audit_entries (id, at, subject, role, client_address, request_id, action, effect, object_type,
            object_id, fields, hash_after, result, times)
        select ('01900000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid,
            now() - make_interval(days => :age) + make_interval(secs => number / 1000.0),
            'officer-' || number % 90, 'rural_officer', '10.0.0.1', 'request-' || number, 'publish_demand', 'changed',
            'demands', gen_random_uuid()::text, array['status', 'published_at'], md5(number::text), 'done', 1
        from generate_series(cast(:first as bigint), :last) as number
        returning id
    )
    insert into audit_pending select id from made
""")


async def fill(database: Database, count: int, *, first: int = 1, age: int = 0) -> None:
    """Write entries without the platform, in one statement; they are ``age`` days old."""
    async with database.transaction() as session:
        await session.execute(FILL, {"first": first, "last": first + count - 1, "age": age})


async def entries_of(database: Database) -> list[AuditEntry]:
    """Return every entry, oldest first."""
    async with database.transaction() as session:
        return list((await session.execute(select(AuditEntry).order_by(AuditEntry.id))).scalars())


async def positions_of(database: Database) -> list[int]:
    """Return the positions of the chain."""
    async with database.transaction() as session:
        return list((await session.execute(select(AuditLink.pos).order_by(AuditLink.pos))).scalars())


async def run_as(owner: AsyncEngine, *statements: str, **values: Any) -> None:
    """Run statements as the owner role, and commit them."""
    async with owner.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement), values)
