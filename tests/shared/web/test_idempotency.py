"""A creating request that is sent twice has one effect and gets one answer."""

import asyncio

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import event, text

from shared.contracts.codes import Role
from shared.db import Database
from shared.idempotency import forget_old_answers
from shared.settings import CommonSettings
from shared.testing import Call

OFFICER = Role.RURAL_OFFICER
THINGS = "/tiny/v1/things"
KEY = {"Idempotency-Key": "the-key-of-a-request"}


async def count(database: Database) -> tuple[int, int]:
    async with database.transaction() as session:
        query = "select (select count(*) from things), (select count(*) from feed_events)"
        return tuple((await session.execute(text(query))).one())  # type: ignore[return-value]


async def test_a_repeated_request_gets_the_same_answer_and_has_one_effect(tiny: Database, tiny_call: Call) -> None:
    officer = tiny_call(OFFICER)
    first = await officer.post(THINGS, json={"name": "once"}, headers=KEY)
    again = await officer.post(THINGS, json={"name": "once"}, headers=KEY)
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, again.content)
    for header in ("etag", "location", "content-type"):
        assert first.headers[header] == again.headers[header]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await count(tiny) == (1, 1)


async def test_the_key_is_needed_and_sound(tiny_call: Call) -> None:
    for key, status, slug in (("", 422, "invalid-request"), ("short", 422, "invalid-request")):
        answer = await tiny_call(OFFICER).post(THINGS, json={"name": "x"}, headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["type"]) == (status, f"/tiny/problems/{slug}")
    answer = await tiny_call(OFFICER).request("PUT", THINGS, headers=KEY)
    assert answer.status_code == 405


async def test_a_request_without_a_key_is_refused(tiny_app: FastAPI, tiny_call: Call) -> None:
    caller = tiny_call(OFFICER)
    answer = await caller._client.post(THINGS, json={"name": "x"})
    assert (answer.status_code, answer.json()["type"]) == (400, "/tiny/problems/idempotency-key-missing")
    assert answer.json()["errors"][0]["pointer"] == "header/Idempotency-Key"


async def test_who_may_not_do_it_hears_so_before_anything_about_the_key(tiny_call: Call) -> None:
    made = await tiny_call(OFFICER, sub="moved").post(THINGS, json={"name": "once"}, headers=KEY)
    assert made.status_code == 201
    # The same caller in another role: neither the missing key nor the answer of the earlier role comes first.
    moved = tiny_call(Role.ORGANIZATION, sub="moved")
    for headers in (KEY, {"Idempotency-Key": ""}):
        refused = await moved.post(THINGS, json={"name": "once"}, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "/tiny/problems/not-allowed")


async def test_a_key_used_for_another_request_is_refused(tiny: Database, tiny_call: Call) -> None:
    officer = tiny_call(OFFICER)
    await officer.post(THINGS, json={"name": "once"}, headers=KEY)
    for path, body in ((THINGS, {"name": "twice"}), (f"{THINGS}?x=1", {"name": "once"}), ("/tiny/v1/work", None)):
        answer = await officer.post(path, json=body, headers=KEY)
        assert (answer.status_code, answer.json()["type"]) == (422, "/tiny/problems/idempotency-key-reused")
    assert await count(tiny) == (1, 1)


async def test_two_callers_may_use_the_same_key(tiny: Database, tiny_call: Call) -> None:
    for sub in ("one", "other"):
        answer = await tiny_call(OFFICER, sub=sub).post(THINGS, json={"name": sub}, headers=KEY)
        assert answer.status_code == 201
    assert await count(tiny) == (2, 2)


async def test_a_repeated_request_is_authorized_as_the_first_was(tiny: Database, tiny_call: Call) -> None:
    officer = tiny_call(OFFICER, sub="moved", division="513431000000")
    assert (await officer.post(THINGS, json={"name": "once"}, headers=KEY)).status_code == 201
    demoted = await tiny_call(Role.ORGANIZATION, sub="moved").post(THINGS, json={"name": "once"}, headers=KEY)
    assert (demoted.status_code, demoted.json()["type"]) == (403, "/tiny/problems/not-allowed")
    elsewhere = tiny_call(OFFICER, sub="moved", division="510722000000")
    moved = await elsewhere.post(THINGS, json={"name": "once"}, headers=KEY)
    assert (moved.status_code, moved.json()["type"]) == (422, "/tiny/problems/idempotency-key-reused")
    assert (await tiny_call(None).post(THINGS, json={"name": "once"}, headers=KEY)).status_code == 401
    assert await count(tiny) == (1, 1)


async def test_a_request_that_still_runs_is_not_begun_again(tiny: Database, tiny_call: Call) -> None:
    officer = tiny_call(OFFICER)
    slow = {"name": "slow", "number": 7}  # takes 0.4 s
    answers = await asyncio.gather(*[officer.post(THINGS, json=slow, headers=KEY) for _ in range(6)])
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert {answer.json().get("type") for answer in answers} == {None, "/tiny/problems/still-running"}
    assert (await officer.post(THINGS, json=slow, headers=KEY)).headers["idempotency-replayed"] == "true"
    assert await count(tiny) == (1, 1)


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "thirteen", "number": 13}])
async def test_a_request_that_failed_may_be_sent_again(
    tiny: Database, tiny_call: Call, body: dict[str, object]
) -> None:
    officer = tiny_call(OFFICER)
    failed = await officer.post(THINGS, json=body, headers=KEY)
    assert failed.status_code in {422, 500}
    mended = await officer.post(THINGS, json={"name": "mended"}, headers=KEY)
    assert mended.status_code == 201
    assert await count(tiny) == (1, 1)


async def test_a_request_whose_commit_was_lost_is_done_when_it_is_sent_again(tiny: Database, tiny_call: Call) -> None:
    def refuse(_connection: object) -> None:
        raise ConnectionResetError

    event.listen(tiny.engine.sync_engine, "commit", refuse)
    lost = await tiny_call(OFFICER).post(THINGS, json={"name": "lost"}, headers=KEY)
    event.remove(tiny.engine.sync_engine, "commit", refuse)
    again = await tiny_call(OFFICER).post(THINGS, json={"name": "lost"}, headers=KEY)
    assert (lost.status_code, again.status_code) == (503, 201)
    assert "idempotency-replayed" not in again.headers
    assert await count(tiny) == (1, 1)


async def test_a_file_sent_again_is_the_same_request(tiny_call: Call) -> None:
    officer = tiny_call(OFFICER)
    answers = [
        await officer.post("/tiny/v1/uploads", files={"file": ("x.csv", body)}, headers=KEY)
        for body in (b"a,b", b"a,b", b"a,c")
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 422]
    assert answers[1].headers["idempotency-replayed"] == "true"


async def test_an_answer_is_stored_sealed_for_it_may_hold_a_secret(tiny: Database, tiny_call: Call) -> None:
    await tiny_call(OFFICER).post(THINGS, json={"name": "a secret"}, headers=KEY)
    async with tiny.transaction() as session:
        stored = (await session.execute(text("select body from idempotency_keys"))).scalar_one()
    assert b"secret" not in stored


async def test_after_the_secret_key_was_changed_the_request_is_not_done_again(
    tiny: Database, tiny_app: FastAPI, tiny_call: Call
) -> None:
    await tiny_call(OFFICER).post(THINGS, json={"name": "once"}, headers=KEY)
    tiny_app.state.common = CommonSettings(secret_key=SecretStr("another key of 32 characters or more"))
    again = await tiny_call(OFFICER).post(THINGS, json={"name": "once"}, headers=KEY)
    assert (again.status_code, again.json()["type"]) == (409, "/tiny/problems/answer-unreadable")
    assert await count(tiny) == (1, 1)


async def test_old_answers_are_forgotten(tiny: Database, tiny_call: Call) -> None:
    for key in ("old-old-old", "new-new-new"):
        await tiny_call(OFFICER).post(THINGS, json={"name": key}, headers={"Idempotency-Key": key})
    async with tiny.transaction() as session:
        age = text(
            "update idempotency_keys set created_at = created_at - interval '49 hours' where key = 'old-old-old'"
        )
        await session.execute(age)
        assert await forget_old_answers(session) == 1
