"""Every change leaves one entry in its own transaction, with who made it, and no value of what was changed."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from shared.audit.models import AuditEntry, AuditLink, AuditPending, Effect, Result
from shared.audit.recording import UnrecordedStatement, record_reading
from shared.contracts.codes import Role
from shared.db import Database, new_id
from shared.jobs import _guarded
from shared.logs import request_id
from shared.testing import ISSUER, Call
from tests.shared.audit.log import entries_of
from tests.shared.tiny_app import MirroredThing, Thing, add_thing

SECRET_NAME = "绝密名称"
COUNTY = "510722000000"


async def count_pending(database: Database) -> int:
    async with database.transaction() as session:
        return len((await session.execute(select(AuditPending))).all())


async def test_an_act_and_its_entry_are_of_one_transaction(tiny: Database, tiny_call: Call) -> None:
    officer = tiny_call(Role.RURAL_OFFICER, division=COUNTY, sub="县农业农村局")
    made = await officer.post("/tiny/v1/things", json={"name": SECRET_NAME}, headers={"x-request-id": "request-0001"})
    (entry,) = await entries_of(tiny)
    assert (entry.subject, entry.issuer, entry.role) == ("县农业农村局", ISSUER, "rural_officer")
    assert (entry.action, entry.effect, entry.result) == ("create_thing", Effect.CREATED, Result.DONE)
    assert (entry.object_type, entry.object_id) == ("things", made.json()["id"])
    assert (entry.request_id, entry.client_address) == ("request-0001", "127.0.0.1")
    assert set(entry.fields) == {"id", "name", "number", "made", "created_at"}
    assert await count_pending(tiny) == 1


@pytest.mark.parametrize("number", [13, 0])
async def test_an_act_that_is_rolled_back_leaves_no_entry(tiny: Database, tiny_call: Call, number: int) -> None:
    # 13 fails before the commit, and a name that is taken at the commit itself.
    await add_thing(tiny, "taken")
    before = len(await entries_of(tiny))
    answer = await tiny_call(Role.RURAL_OFFICER).post("/tiny/v1/things", json={"name": "taken", "number": number})
    assert answer.status_code in {409, 500}
    assert len(await entries_of(tiny)) == before


async def test_a_change_tells_the_names_of_its_fields_and_its_hashes_join_those_before(
    tiny: Database, tiny_call: Call
) -> None:
    officer = tiny_call(Role.RURAL_OFFICER, division=COUNTY)
    made = await officer.post("/tiny/v1/things", json={"name": "one"})
    path, tag = made.headers["location"], made.headers["etag"]
    renamed = await officer.patch(path, json={"name": SECRET_NAME}, headers={"if-match": tag})
    await officer.patch(path, json={"name": SECRET_NAME}, headers={"if-match": renamed.headers["etag"]})
    async with tiny.transaction() as session:
        await session.delete(await session.get_one(Thing, UUID(made.json()["id"])))
    created, changed, deleted = await entries_of(tiny)
    assert [created.effect, changed.effect, deleted.effect] == [Effect.CREATED, Effect.CHANGED, Effect.DELETED]
    assert changed.fields == ["name"]
    assert created.hash_before is None
    assert created.hash_after == changed.hash_before
    assert changed.hash_after == deleted.hash_before != changed.hash_before
    assert deleted.hash_after is None


async def test_no_value_of_a_changed_field_stands_in_the_log(tiny: Database, tiny_call: Call) -> None:
    officer = tiny_call(Role.RURAL_OFFICER, division=COUNTY)
    made = await officer.post("/tiny/v1/things", json={"name": SECRET_NAME, "number": 778_899})
    change = {"name": SECRET_NAME + "二", "number": 112_233}
    await officer.patch(made.headers["location"], json=change, headers={"if-match": made.headers["etag"]})
    async with tiny.transaction() as session:
        rows = (await session.execute(text("select audit_entries::text from audit_entries"))).scalars().all()
    assert len(rows) == 2
    assert not [row for row in rows for value in (SECRET_NAME, "778899", "112233") if value in row]


async def test_what_a_savepoint_takes_back_leaves_no_entry(tiny: Database) -> None:
    async with tiny.transaction() as session:
        session.add(Thing(name="kept", number=1))
        await session.flush()
        savepoint = await session.begin_nested()
        session.add(Thing(name="taken back", number=2))
        await session.flush()
        await savepoint.rollback()
    assert len(await entries_of(tiny)) == 1


async def test_a_job_acts_as_the_platform_under_its_name_for_the_request_that_wanted_it(tiny: Database) -> None:
    async def handler(payload: dict[str, Any]) -> None:
        await add_thing(tiny, payload["name"])

    class Job:
        payload, attempts = b'{"name": "by a job", "request_id": "request-0002"}', 0

    await _guarded("make_thing", handler, None)(Job())  # type: ignore[arg-type]
    (entry,) = await entries_of(tiny)
    assert (entry.subject, entry.role, entry.action) == ("platform", None, "make_thing")
    assert entry.request_id == "request-0002"
    assert request_id.get() is None


async def test_a_bulk_statement_that_leaves_no_entry_is_refused(tiny: Database) -> None:
    await add_thing(tiny, "one")
    rows = [{"id": new_id(), "name": "two", "number": 1, "version": 1}]
    for statement in (update(Thing).values(number=5), delete(Thing), insert(Thing).values(rows)):
        with pytest.raises(UnrecordedStatement, match="Thing"):
            async with tiny.transaction() as session:
                await session.execute(statement)
    async with tiny.transaction() as session:
        await session.execute(update(Thing).values(number=5).execution_options(audit="the test says so"))
        await session.execute(delete(MirroredThing))


async def test_a_reading_is_recorded_by_a_call(tiny: Database) -> None:
    contact = new_id()
    async with tiny.transaction() as session:
        await record_reading(session, object_type="pairings", object_ids=[contact], fields=["contact_phone"])
    (entry,) = await entries_of(tiny)
    assert (entry.effect, entry.object_id, entry.fields) == (Effect.READ, str(contact), ["contact_phone"])


@pytest.mark.parametrize("table", [AuditEntry, AuditLink, "audit_anchors"])
@pytest.mark.parametrize("act", ["update {} set {} = null", "delete from {}", "truncate {}"])
async def test_the_app_role_can_only_add_to_the_log(tiny: Database, table: Any, act: str) -> None:
    name = table if isinstance(table, str) else table.__tablename__
    column = "subject" if name == "audit_entries" else "hash"
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with tiny.transaction() as session:
            await session.execute(text(act.format(name, column)))
