"""Refusals are recorded in a transaction of their own, and a flood of them in a bounded number of entries."""

import pytest
from fastapi import FastAPI, Request

from shared.audit import refusals
from shared.audit.models import Result
from shared.audit.refusals import RefusalRecorder, writing_refusals
from shared.contracts.codes import Role
from shared.db import Database, new_id
from shared.testing import Call
from tests.shared.audit.log import entries_of

THINGS = "/tiny/v1/things"


async def write(app: FastAPI, tiny: Database) -> int:
    recorder: RefusalRecorder = app.state.refusals
    return await recorder.write(tiny)


async def test_who_is_refused_what_and_why_is_recorded(tiny: Database, tiny_app: FastAPI, tiny_call: Call) -> None:
    thing = new_id()
    await tiny_call(Role.ORGANIZATION, sub="社会组织").post(THINGS, json={"name": "one"})
    await tiny_call(Role.RURAL_OFFICER).patch(f"{THINGS}/{thing}", json={"name": "a"}, headers={"if-match": '"1"'})
    await tiny_call(None).get("/tiny/v1/numbers?number=1")
    assert await write(tiny_app, tiny) == 3
    forbidden, missing, unknown = await entries_of(tiny)
    assert {entry.result for entry in (forbidden, missing, unknown)} == {Result.REFUSED}
    assert (forbidden.subject, forbidden.reason, forbidden.action) == ("社会组织", "not-allowed", "create_thing")
    assert (missing.reason, missing.object_id) == ("thing-not-found", str(thing))
    assert missing.object_type == "/tiny/v1/things/{thing_id}"
    assert (unknown.subject, unknown.reason) == ("anonymous", "token-missing")


async def test_what_is_done_or_wrong_otherwise_leaves_no_refusal(
    tiny: Database, tiny_app: FastAPI, tiny_call: Call
) -> None:
    officer = tiny_call(Role.RURAL_OFFICER)
    await officer.get(THINGS)
    await officer.post(THINGS, json={"name": ""})
    await officer.get("/tiny/v1/nothing-here")
    await tiny_call(None).get("/tiny/v1/dictionaries/none")
    assert await write(tiny_app, tiny) == 0


@pytest.mark.parametrize(("named", "kept"), [("510131199001011234", None), ("510722000000", "510722000000")])
def test_of_a_path_nothing_but_ids_is_repeated(named: str, kept: str | None) -> None:
    assert refusals._name_object(Request({"type": "http", "path_params": {"name": named}})) == kept


async def test_a_flood_of_alike_refusals_becomes_two_entries_a_minute(
    tiny: Database, tiny_app: FastAPI, tiny_call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = tiny_call(None)
    for _ in range(3):
        await stranger.get(f"{THINGS}?limit=1")
        await write(tiny_app, tiny)
    assert [entry.times for entry in await entries_of(tiny)] == [1]
    monkeypatch.setattr(refusals, "WINDOW_SECONDS", 0.0)
    await write(tiny_app, tiny)
    assert [entry.times for entry in await entries_of(tiny)] == [1, 2]
    assert not tiny_app.state.refusals.counted


async def test_too_many_kinds_of_refusals_are_only_counted(
    tiny: Database, tiny_app: FastAPI, tiny_call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "MOST_KEYS", 2)
    for number in range(5):
        await tiny_call(Role.ORGANIZATION, sub=f"caller-{number}").post(THINGS, json={"name": "one"})
    await write(tiny_app, tiny)
    kept = [(entry.subject, entry.reason, entry.times) for entry in await entries_of(tiny)]
    assert kept == [
        ("caller-0", "not-allowed", 1),
        ("caller-1", "not-allowed", 1),
        ("*", "too-many-kinds-of-refusals", 3),
    ]


async def test_a_caller_with_many_kinds_of_refusals_hides_neither_itself_nor_others(
    tiny: Database, tiny_app: FastAPI, tiny_call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "MOST_KEYS_OF_ONE", 2)
    monkeypatch.setattr(refusals, "MOST_KEYS", 5)
    flooding, other = tiny_call(Role.RURAL_OFFICER, sub="flooding"), tiny_call(Role.ORGANIZATION, sub="other")
    for _ in range(6):
        await flooding.patch(f"{THINGS}/{new_id()}", json={"name": "a"}, headers={"if-match": '"1"'})
    await other.post(THINGS, json={"name": "one"})
    await write(tiny_app, tiny)
    kept = [(entry.subject, entry.reason, entry.times) for entry in await entries_of(tiny)]
    assert kept == [
        ("flooding", "thing-not-found", 1),
        ("flooding", "thing-not-found", 1),
        ("flooding", "too-many-kinds-of-refusals", 4),
        ("other", "not-allowed", 1),
    ]
    monkeypatch.setattr(refusals, "WINDOW_SECONDS", 0.0)
    await write(tiny_app, tiny)
    assert not tiny_app.state.refusals.kinds


async def test_the_end_of_the_application_writes_what_is_left(
    tiny: Database, tiny_app: FastAPI, tiny_call: Call
) -> None:
    async with writing_refusals(tiny_app, tiny_app.state.refusals):
        await tiny_call(None).post(THINGS, json={"name": "one"})
    assert [entry.reason for entry in await entries_of(tiny)] == ["token-missing"]
