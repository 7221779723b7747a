"""What is older than the retention period goes, and the chain is still checked from where it then begins."""

import pytest
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.audit.chain import append_links
from shared.audit.commands import verify_snapshot
from shared.audit.errors import ChainRewritten, EntryAltered, LinkDeleted
from shared.audit.keys import AuditKey, KeyRing
from shared.audit.models import Effect
from shared.audit.trim import trim_audit
from shared.db import Database
from shared.settings import CommonSettings
from shared.testing import SECRET_KEY
from tests.shared.audit.log import entries_of, fill, positions_of, run_as


async def fill_old_and_young(tiny: Database, audit_key: AuditKey) -> None:
    await fill(tiny, 6, age=400)
    await append_links(tiny, audit_key)
    await fill(tiny, 4, first=100)
    await append_links(tiny, audit_key)


async def test_old_entries_go_and_leave_a_chain_that_is_in_order_and_an_entry_of_the_trimming(
    tiny: Database, owner: AsyncEngine, keys: KeyRing, audit_key: AuditKey
) -> None:
    await fill_old_and_young(tiny, audit_key)
    async with owner.begin() as connection:
        assert await trim_audit(connection, keys, keep_days=365) == 6
        assert await trim_audit(connection, keys, keep_days=365) == 0
    await append_links(tiny, audit_key)
    assert await positions_of(tiny) == [7, 8, 9, 10, 11]
    last = (await entries_of(tiny))[-1]
    assert (last.effect, last.object_type, last.object_id, last.times) == (Effect.DELETED, "audit_entries", "6", 6)
    async with owner.connect() as connection:
        found = await verify_snapshot(connection, keys)
    assert (found.begins_after, found.head.pos) == (6, 11)


async def test_a_chain_may_be_trimmed_to_nothing_and_goes_on_at_the_next_position(
    tiny: Database, owner: AsyncEngine, keys: KeyRing, audit_key: AuditKey
) -> None:
    await fill(tiny, 3, age=400)
    await append_links(tiny, audit_key)
    async with owner.begin() as connection:
        assert await trim_audit(connection, keys, keep_days=365) == 3
    async with owner.connect() as connection:
        assert (await verify_snapshot(connection, keys)).head.pos == 3
    await append_links(tiny, audit_key)
    assert await positions_of(tiny) == [4]


async def test_evidence_of_tampering_is_not_trimmed_away(
    tiny: Database, owner: AsyncEngine, keys: KeyRing, audit_key: AuditKey
) -> None:
    await fill_old_and_young(tiny, audit_key)
    await run_as(owner, "update audit_entries set subject = 'nobody' where request_id = 'request-3'")
    with pytest.raises(EntryAltered):
        async with owner.begin() as connection:
            await trim_audit(connection, keys, keep_days=365)
    assert len(await entries_of(tiny)) == 10


async def test_a_trimmed_chain_whose_trimming_is_hidden_or_undone_is_found(
    tiny: Database, owner: AsyncEngine, keys: KeyRing, audit_key: AuditKey
) -> None:
    await fill_old_and_young(tiny, audit_key)
    async with owner.begin() as connection:
        await trim_audit(connection, keys, keep_days=365)
    await run_as(owner, "insert into audit_chain values (2, gen_random_uuid(), 'x', 'x')")
    async with owner.connect() as connection:
        with pytest.raises(ChainRewritten):
            await verify_snapshot(connection, keys)
        await connection.commit()
        await run_as(owner, "delete from audit_chain where pos = 2", "delete from audit_anchors where kind = 'trimmed'")
        with pytest.raises(LinkDeleted):
            await verify_snapshot(connection, keys)


def test_the_log_is_kept_for_six_months_at_least() -> None:
    with pytest.raises(ValidationError):
        CommonSettings.model_validate({"secret_key": SECRET_KEY, "audit_days": 180})
    assert CommonSettings.model_validate({"secret_key": SECRET_KEY}).audit_days == 365
