"""The sample's files are imported row by row as expected, replayed after an interruption, and change nothing again."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from services.registry.worker import handlers
from shared.clock import AS_OF
from shared.feed.models import FeedEvent
from shared.imports import actions, consumers
from shared.testing import Call, SavepointDatabase
from tests.registry.imports.posting import (
    CLEAN,
    DIRTY,
    IMPORTS,
    count_events,
    list_all,
    payloads,
    post_file,
    rows_of,
    run_import,
)
from tests.registry.records import (
    SICHUAN,
    load_counties,
    officer,
)
from tests.shared.expected_rows import SAMPLE, expectations, expected_row_numbers


@pytest.fixture(autouse=True)
async def counties(database: SavepointDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AS_OF, "2026-11-22")
    await load_counties(database)


async def test_the_sample_s_organizations_are_on_record_with_all_their_facts(
    call: Call, database: SavepointDatabase
) -> None:
    operation = await run_import(call, database, (SAMPLE / CLEAN).read_bytes())
    result = operation["result"]
    assert {name: value for name, value in result.items() if name != "import_id"} == {
        "accepted": 96, "accepted_with_warning": 0, "rejected": 0, "ignored": 0,
        "created": 96, "changed": 0, "unchanged": 0,
    }  # fmt: skip
    assert operation["progress"] == {"steps_done": 96, "steps_total": 96}
    organizations = await list_all(call)
    assert len(organizations) == 96
    assert {one["enrolment_status"] for one in organizations} == {"active"}
    assert {one["source"] for one in organizations} == {"imported"}
    assert all(one["verified_by"] == f"civil-affairs-{SICHUAN}" and one["evidence"] for one in organizations)
    hosted = [one for one in organizations if not one["registered_division"].startswith("51")]
    assert hosted
    assert {one["record_division"] for one in hosted} == {SICHUAN}
    assert all(one["record_division"] == one["registered_division"] for one in organizations if one not in hosted)
    raising = [
        (one["status"], one["held"])
        for body in organizations
        for one in body["qualifications"]
        if one["kind"] == "public_fundraising"
    ]
    assert (raising.count(("verified", True)), raising.count(("revoked", True)), len(raising)) == (23, 1, 24)
    assert sum(one["credit_status"] != "normal" for one in organizations) == 3
    assert sum(one["registration_status"] == "deregistered" for one in organizations) == 1
    assert sum(one["fundraiser_id"] is not None for one in organizations) == 3
    assert await count_events(database) == 96


async def test_the_same_file_again_changes_nothing(call: Call, database: SavepointDatabase) -> None:
    await run_import(call, database, (SAMPLE / CLEAN).read_bytes())
    before = await list_all(call)
    result = (await run_import(call, database, (SAMPLE / CLEAN).read_bytes(), "again.xlsx"))["result"]
    assert (result["created"], result["changed"], result["unchanged"]) == (0, 0, 96)
    assert await list_all(call) == before
    assert await count_events(database) == 96


async def test_every_row_of_the_dirty_file_is_reported_as_expected(call: Call, database: SavepointDatabase) -> None:
    operation = await run_import(call, database, (SAMPLE / DIRTY).read_bytes(), DIRTY)
    result = operation["result"]
    assert (result["accepted"], result["accepted_with_warning"], result["rejected"]) == (8, 14, 22)
    assert (result["ignored"], result["created"]) == (2, 22)
    rows = await rows_of(call, result["import_id"])
    expected = {row["row"]: row for row in expectations(DIRTY)["rows"]}
    for number in expected_row_numbers(DIRTY):
        wanted = {"refuse_or_mask": "reject"}.get(expected[number]["outcome"], expected[number]["outcome"])
        assert (rows[number]["outcome"] if number in rows else "ignore") == wanted, number
    assert sum(row["effect"] == "created" for row in rows.values()) == 22
    assert len(await list_all(call)) == 22
    some = next(row for row in rows.values() if row["outcome"] == "reject")
    assert some["errors"][0]["zh"] != some["errors"][0]["en"]


async def test_no_personal_data_of_a_file_is_kept_outside_the_file(call: Call, database: SavepointDatabase) -> None:
    operation = await run_import(call, database, (SAMPLE / DIRTY).read_bytes(), DIRTY)
    import_id = operation["result"]["import_id"]
    everything = repr([await rows_of(call, import_id), await list_all(call), operation])
    async with database.transaction() as session:
        everything += repr((await session.execute(select(FeedEvent.data))).all())
    for secret in ("19900000001", "519999190001010016"):
        assert secret not in everything


async def test_the_import_shows_its_file_and_its_report_can_be_downloaded(
    call: Call, database: SavepointDatabase
) -> None:
    result = (await run_import(call, database, (SAMPLE / DIRTY).read_bytes(), f"D:\\表\\{DIRTY}"))["result"]
    path = f"{IMPORTS}/{result['import_id']}"
    read = (await officer(call, SICHUAN).get(path)).json()
    assert (read["file_name"], read["size"], read["refused"]) == (DIRTY, (SAMPLE / DIRTY).stat().st_size, False)
    assert read["summary"] == {name: value for name, value in result.items() if name != "import_id"}
    assert {finding["code"] for finding in read["findings"]} >= {"unknown_column"} or read["findings"]
    listed = (await officer(call, SICHUAN).get(IMPORTS)).json()["items"]
    assert [one["id"] for one in listed] == [result["import_id"]]
    rejected = (await officer(call, SICHUAN).get(f"{path}/rows", params={"outcome": "reject"})).json()["items"]
    assert len(rejected) == 22
    for language, rows, heading in (("zh-CN", "逐行结果", "行号"), ("en", "Rows", "Row")):
        report = await officer(call, SICHUAN).get(f"{path}/report", headers={"Accept-Language": language})
        assert report.headers["content-disposition"].startswith("attachment")
        book = load_workbook(io.BytesIO(report.content))
        assert book[rows]["A1"].value == heading
        assert book[rows].max_row == 1 + sum(result[name] for name in (
            "accepted", "accepted_with_warning", "rejected", "ignored"
        ))  # fmt: skip


class Killed(Exception):
    """The worker is gone."""


@pytest.mark.parametrize("survived", [0, 1, 3, 4])
async def test_an_import_interrupted_between_steps_goes_on_and_gives_the_same_result(
    call: Call, database: SavepointDatabase, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    monkeypatch.setattr(consumers, "ROWS_A_STEP", 25)
    operation = await post_file(call, (SAMPLE / CLEAN).read_bytes(), CLEAN)
    payload = (await payloads(database))[-1]
    apply, finish = actions.apply_rows, actions.finish_import
    steps = 0

    async def apply_until_killed(session: Any, **given: Any) -> None:
        nonlocal steps
        await apply(session, **given)
        if steps == survived:  # killed with the step's work done and not committed
            raise Killed
        steps += 1

    async def never(session: Any, **given: Any) -> None:
        raise Killed

    monkeypatch.setattr(actions, "apply_rows", apply_until_killed)
    monkeypatch.setattr(actions, "finish_import", never)
    with pytest.raises(Killed):
        await handlers(database)["import_workbook"](payload)
    assert len(await list_all(call)) == min(25 * survived, 96)
    progress = (await officer(call, SICHUAN).get(f"/registry/v1/operations/{operation['id']}")).json()
    assert (progress["done"], progress["progress"]["steps_done"]) == (False, min(25 * survived, 96))
    monkeypatch.setattr(actions, "apply_rows", apply)
    monkeypatch.setattr(actions, "finish_import", finish)
    await handlers(database)["import_workbook"](payload)
    await handlers(database)["import_workbook"](payload)
    done = (await officer(call, SICHUAN).get(f"/registry/v1/operations/{operation['id']}")).json()
    assert (done["done"], done["result"]["created"], done["result"]["unchanged"]) == (True, 96, 0)
    assert len(await list_all(call)) == 96
    assert await count_events(database) == 96


async def test_a_second_worker_with_the_same_job_writes_nothing_twice(
    call: Call, database: SavepointDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post_file(call, (SAMPLE / CLEAN).read_bytes(), CLEAN)
    payload = (await payloads(database))[-1]
    finish = actions.finish_import

    async def finish_after_the_other(session: Any, **given: Any) -> None:
        monkeypatch.setattr(actions, "finish_import", finish)
        await handlers(database)["import_workbook"](payload)
        await finish(session, **given)

    monkeypatch.setattr(actions, "finish_import", finish_after_the_other)
    await handlers(database)["import_workbook"](payload)
    assert await count_events(database) == 96
