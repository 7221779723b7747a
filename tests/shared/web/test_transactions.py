"""One request is one transaction, and the answer waits for its commit; ETags, operations, and who sees them."""

import asyncio

import pytest
from sqlalchemy import event, select, text

from shared import clock
from shared.contracts.codes import Role
from shared.db import Database
from shared.errors import causes
from shared.operations import OperationNotFound, find_operation
from shared.testing import Call
from tests.shared.tiny_app import Thing, add_thing

OFFICER = Role.RURAL_OFFICER
THINGS = "/tiny/v1/things"


async def count(database: Database, table: str) -> int:
    async with database.transaction() as session:
        return int((await session.execute(text(f"select count(*) from {table}"))).scalar_one())  # noqa: S608


async def test_a_constraint_that_fails_at_the_commit_yields_an_error_and_no_201(
    tiny: Database, tiny_call: Call
) -> None:
    await add_thing(tiny, "taken")
    answer = await tiny_call(OFFICER).post(THINGS, json={"name": "taken"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/tiny/problems/changed-meanwhile")
    assert [await count(tiny, table) for table in ("things", "feed_events", "idempotency_keys")] == [1, 1, 0]


async def test_a_commit_that_fails_yields_an_error_and_no_201(tiny: Database, tiny_call: Call) -> None:
    def refuse(_connection: object) -> None:
        raise ConnectionResetError("the connection was lost at the commit")

    event.listen(tiny.engine.sync_engine, "commit", refuse)
    try:
        answer = await tiny_call(OFFICER).post(THINGS, json={"name": "lost"})
    finally:
        event.remove(tiny.engine.sync_engine, "commit", refuse)
    assert answer.status_code == 503
    assert await count(tiny, "things") == 0


async def test_whoever_got_201_reads_the_row_from_another_connection_at_once(tiny: Database, tiny_call: Call) -> None:
    officer = tiny_call(OFFICER)

    async def create_and_look(number: int) -> bool:
        created = await officer.post(THINGS, json={"name": f"thing {number}", "number": number + 20})
        assert created.status_code == 201
        async with tiny.session() as other:
            found = await other.execute(select(Thing.id).where(Thing.name == f"thing {number}"))
            return str(found.scalar_one_or_none()) == created.json()["id"]

    assert all(await asyncio.gather(*[create_and_look(number) for number in range(40)]))


async def test_an_etag_is_needed_current_and_ours(tiny_call: Call) -> None:
    officer = tiny_call(OFFICER)
    created = await officer.post(THINGS, json={"name": "first"})
    path, etag = created.headers["location"], created.headers["etag"]
    missing = await officer.patch(path, json={"name": "second"})
    assert (missing.status_code, missing.json()["type"]) == (428, "/tiny/problems/if-match-missing")
    for unsound in ("*", 'W/"1"', '"٣"', '"' + "1" * 16 + '"', ""):
        refused = await officer.patch(path, json={"name": "second"}, headers={"If-Match": unsound.encode()})
        assert (refused.status_code, refused.json()["type"]) == (422, "/tiny/problems/if-match-unreadable")
    changed = await officer.patch(path, json={"name": "second"}, headers={"If-Match": etag})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    stale = await officer.patch(path, json={"name": "third"}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["type"]) == (412, "/tiny/problems/stale")


async def test_of_two_changes_at_once_one_is_stale(tiny: Database, tiny_call: Call) -> None:
    thing_id = await add_thing(tiny, "both")
    changes = [
        tiny_call(OFFICER).patch(f"{THINGS}/{thing_id}", json={"name": name}, headers={"If-Match": '"1"'})
        for name in ("one", "other")
    ]
    assert sorted(answer.status_code for answer in await asyncio.gather(*changes)) == [200, 412]


async def test_an_operation_is_seen_by_who_began_it_and_by_the_province(tiny: Database, tiny_call: Call) -> None:
    begun = await tiny_call(OFFICER, sub="mine").post("/tiny/v1/work")
    assert begun.status_code == 202
    path = f"/tiny/v1/operations/{begun.json()['id']}"
    assert (await tiny_call(OFFICER, sub="other").get(path)).json()["type"] == "/tiny/problems/operation-not-found"
    assert (await tiny_call(Role.PROVINCIAL_OFFICER).get(path)).status_code == 200
    async with tiny.transaction() as session:
        operation = await find_operation(session, begun.json()["id"], for_update=True)
        operation.advance(1, 3)
        operation.advance(2)
    assert (await tiny_call(OFFICER, sub="mine").get(path)).json()["progress"] == {"steps_done": 2, "steps_total": 3}
    async with tiny.transaction() as session:
        (await find_operation(session, begun.json()["id"])).succeed({"made": 3}, at=clock.now())
    done = (await tiny_call(OFFICER, sub="mine").get(path)).json()
    assert (done["done"], done["result"], done["error"]) == (True, {"made": 3}, None)
    async with tiny.transaction() as session:
        (await find_operation(session, begun.json()["id"])).fail(OperationNotFound(), service="tiny", at=clock.now())
    assert (await tiny_call(OFFICER, sub="mine").get(path)).json()["error"] == {
        "type": "/tiny/problems/operation-not-found",
        "title": "没有这项任务 · There is no such operation",
        "detail": "请检查任务编号;只能查看本人发起的任务。 · Check the id; only your own operations can be seen.",
    }


async def test_an_operation_that_is_not_there_is_not_found(tiny: Database) -> None:
    async with tiny.transaction() as session:
        with pytest.raises(OperationNotFound):
            await find_operation(session, await add_thing(tiny, "no operation"))


def test_every_cause_has_texts_in_both_languages_and_a_slug_of_its_own_in_a_service() -> None:
    for service in ("registry", "projects", "matching", None):
        for cause in causes(service):
            assert all([*cause.title, *cause.remedy]), cause
            assert 400 <= cause.status < 600
    assert {
        cause.__module__.split(".")[1] for cause in causes("registry") if cause.__module__.startswith("services")
    } <= {"registry"}
