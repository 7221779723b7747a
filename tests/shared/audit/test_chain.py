"""The chain: dense under many writers, and any tampering with it is found at its position."""

import asyncio
import os

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.audit.chain import Head, append_links
from shared.audit.commands import verify_snapshot
from shared.audit.errors import (
    AnchorForged,
    ChainBroken,
    ChainCut,
    ChainRewritten,
    EntryAltered,
    EntryDeleted,
    EntryUnchained,
    KeyUnknown,
    LinkDeleted,
    PendingDeleted,
)
from shared.audit.keys import AuditKey, KeyRing
from shared.audit.verify import verify_chain
from shared.db import Database
from shared.settings import CommonSettings
from shared.testing import SECRET_KEY
from tests.shared.audit.log import entries_of, fill, positions_of, run_as
from tests.shared.tiny_app import add_thing

MANY = 100_000 if "FAULTS" in os.environ else 5_000
MIDDLE = MANY // 2
DELETE_ENTRY = "delete from audit_entries where id = (select audit_id from audit_chain where pos = :pos)"
EDIT_WHO = "update audit_entries set subject = 'x' where id = (select audit_id from audit_chain where pos = :pos)"
EDIT_FIELDS = "update audit_entries set fields = '{}' where id = (select audit_id from audit_chain where pos = :pos)"
BOTH = "id in (select audit_id from audit_chain where pos between :pos and :pos + 1)"
SWAP_ENTRIES = (
    "update audit_entries set at = other.at, subject = other.subject, action = other.action,"
    " request_id = other.request_id, object_id = other.object_id, hash_after = other.hash_after"
    " from (select * from audit_entries where both) as other where audit_entries.both and other.id <> audit_entries.id"
).replace("both", BOTH)
SWAP_LINKS = (
    "alter table audit_chain drop constraint uq_audit_chain_audit_id",
    "update audit_chain set audit_id = case pos when :pos then later.audit_id else sooner.audit_id end"
    " from (select audit_id from audit_chain where pos = :pos) as sooner,"
    " (select audit_id from audit_chain where pos = :pos + 1) as later where pos in (:pos, :pos + 1)",
)
LINKED_BEHIND = "delete from audit_entries where id in (select audit_id from audit_chain where pos > :pos)"
LINKED_BEFORE = "delete from audit_entries where id in (select audit_id from audit_chain where pos < :pos)"
PRETEND = (
    "insert into audit_anchors select gen_random_uuid(), 'trimmed', :pos - 1, repeat('0', 64), now(), key_id, signature"
    " from audit_anchors limit 1"
)
TAMPERINGS: dict[str, tuple[tuple[str, ...], type[ChainBroken], int]] = {
    "delete an entry": ((DELETE_ENTRY,), EntryDeleted, MIDDLE),
    "delete an entry and its link": (
        (DELETE_ENTRY, "delete from audit_chain where pos = :pos"), LinkDeleted, MIDDLE,
    ),
    "delete a link alone": (("delete from audit_chain where pos = :pos",), LinkDeleted, MIDDLE),
    "edit who": ((EDIT_WHO,), EntryAltered, MIDDLE),
    "edit which fields": ((EDIT_FIELDS,), EntryAltered, MIDDLE),
    "edit a link": (("update audit_chain set hash = repeat('0', 64) where pos = :pos",), EntryAltered, MIDDLE),
    "swap two entries": ((SWAP_ENTRIES,), EntryAltered, MIDDLE),
    "swap two links": (SWAP_LINKS, EntryAltered, MIDDLE),
    "truncate the end": ((LINKED_BEHIND, "delete from audit_chain where pos > :pos"), ChainCut, MANY),
    "truncate everything": (("truncate audit_entries, audit_chain",), ChainCut, MANY),
    "truncate the beginning": ((LINKED_BEFORE, "delete from audit_chain where pos < :pos"), LinkDeleted, 1),
    "pretend a trimming": ((LINKED_BEFORE, "delete from audit_chain where pos < :pos", PRETEND), AnchorForged,
                           MIDDLE - 1),
}  # fmt: skip


async def test_every_tampering_is_found_at_its_position(
    tiny: Database, owner: AsyncEngine, keys: KeyRing, audit_key: AuditKey
) -> None:
    await fill(tiny, MANY)
    assert await append_links(tiny, audit_key) == MANY
    found = {}
    async with owner.connect() as connection:
        assert (await verify_snapshot(connection, keys)).head.pos == MANY
        for name, (statements, *_) in TAMPERINGS.items():
            async with connection.begin() as tampering:
                for statement in statements:
                    await connection.execute(
                        text(statement).bindparams(**({"pos": MIDDLE} if ":pos" in statement else {}))
                    )
                try:
                    await verify_chain(connection, keys)
                except ChainBroken as broken:
                    found[name] = (type(broken), broken.pos)
                await tampering.rollback()
    assert found == {name: (kind, pos) for name, (_, kind, pos) in TAMPERINGS.items()}


async def test_a_chain_whose_end_and_anchors_are_gone_is_found_by_a_head_that_was_kept(
    tiny: Database, owner: AsyncEngine, keys: KeyRing, audit_key: AuditKey
) -> None:
    await fill(tiny, 10)
    await append_links(tiny, audit_key)
    async with owner.connect() as connection:
        head = (await verify_snapshot(connection, keys)).head
    await run_as(owner, "truncate audit_entries, audit_chain, audit_anchors")
    await fill(tiny, 3)
    await append_links(tiny, audit_key)
    async with owner.connect() as connection:
        assert (await verify_snapshot(connection, keys)).head.pos == 3
        with pytest.raises(ChainCut, match="had reached position 10"):
            await verify_snapshot(connection, keys, known=head)
        with pytest.raises(ChainRewritten):
            await verify_snapshot(connection, keys, known=Head(2, head.hash))


async def test_a_chain_cut_and_grown_again_does_not_fit_its_anchors(
    tiny: Database, owner: AsyncEngine, keys: KeyRing, audit_key: AuditKey
) -> None:
    await fill(tiny, 5)
    await append_links(tiny, audit_key)
    await run_as(owner, "delete from audit_entries where id in (select audit_id from audit_chain where pos > 2)")
    await run_as(owner, "delete from audit_chain where pos > 2")
    await fill(tiny, 5, first=100)
    await append_links(tiny, audit_key)
    async with owner.connect() as connection:
        with pytest.raises(ChainRewritten) as broken:
            await verify_snapshot(connection, keys)
    assert broken.value.pos == 5


async def test_an_entry_written_beside_the_platform_and_one_gone_before_it_was_chained_are_found(
    tiny: Database, owner: AsyncEngine, keys: KeyRing
) -> None:
    await fill(tiny, 2)
    async with owner.connect() as connection:
        assert (await verify_snapshot(connection, keys)).waiting == 2
        await connection.commit()
        await run_as(owner, "delete from audit_pending where audit_id = (select audit_id from audit_pending limit 1)")
        with pytest.raises(EntryUnchained):
            await verify_snapshot(connection, keys)
        await run_as(owner, "delete from audit_entries")
        with pytest.raises(PendingDeleted):
            await verify_snapshot(connection, keys)


async def test_a_chain_goes_on_under_a_new_secret_key_and_is_checked_by_both(
    tiny: Database, owner: AsyncEngine, keys: KeyRing, audit_key: AuditKey, common: CommonSettings
) -> None:
    fresh = "another secret key, of 32 characters or more"
    await fill(tiny, 2)
    await append_links(tiny, audit_key)
    await fill(tiny, 2, first=10)
    await append_links(tiny, AuditKey(fresh))
    both = KeyRing(CommonSettings.model_validate({"secret_key": fresh, "former_secret_keys": [SECRET_KEY]}))
    async with owner.connect() as connection:
        assert (await verify_snapshot(connection, both)).head.pos == 4
        with pytest.raises(KeyUnknown) as broken:
            await verify_snapshot(connection, keys)
    assert broken.value.pos == 3


async def test_twenty_four_writers_leave_a_dense_chain_while_two_append(
    tiny: Database, owner: AsyncEngine, keys: KeyRing, audit_key: AuditKey
) -> None:
    done = asyncio.Event()

    async def write(writer: int) -> None:
        for number in range(10):
            await add_thing(tiny, f"{writer} {number}")

    async def append() -> None:
        while not done.is_set():
            await append_links(tiny, audit_key)
            await asyncio.sleep(0.005)

    appending = [asyncio.create_task(append()) for _ in range(2)]
    await asyncio.gather(*[write(writer) for writer in range(24)])
    done.set()
    await asyncio.gather(*appending)
    await append_links(tiny, audit_key)
    assert await positions_of(tiny) == list(range(1, 241))
    assert len(await entries_of(tiny)) == 240
    async with owner.connect() as connection:
        assert (await verify_snapshot(connection, keys)).waiting == 0
