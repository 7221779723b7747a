"""An import has one effect: after a kill, with two workers, and for an upload that is sent twice."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from services.projects.worker import handlers
from shared.db import Database
from shared.imports import actions, consumers
from shared.jobs import JobWorker
from tests.projects.imports.importing import IMPORTS, listed, summary
from tests.projects.imports.sample import (
    DEMAND_CELLS,
    run_import,
    sheet_of,
    upload,
)
from tests.projects.library import Library, ok


@pytest.mark.parametrize("survived", [0, 1, 2, 4])
async def test_an_import_that_is_killed_goes_on_where_it_was(
    database: Database, library: Library, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    rows = [{"需求编号": f"X{turn}", "需求名称": f"山坪塘{turn}号"} for turn in range(25)]
    monkeypatch.setattr(consumers, "ROWS_A_STEP", 10)
    begun = ok(await upload(library.clerk, "demands", sheet_of(DEMAND_CELLS, *rows)), 202)
    steps = 0
    really_apply, really_finish = actions.apply_rows, actions.finish_import

    class Killed(Exception):
        pass

    async def apply(session: Any, **given: Any) -> None:
        nonlocal steps
        await really_apply(session, **given)
        if steps == survived:
            raise Killed
        steps += 1

    async def finish(session: Any, **given: Any) -> None:
        await really_finish(session, **given)
        raise Killed

    with monkeypatch.context() as killed:
        killed.setattr(actions, "apply_rows", apply)
        killed.setattr(actions, "finish_import", finish)
        with pytest.raises(Killed):
            await run_import(database, library.clerk, begun)
    halfway = ok(await library.clerk.get(f"/projects/v1/operations/{begun['id']}"))
    assert not halfway["done"]
    assert halfway["progress"]["steps_done"] == min(10 * survived, 25)
    assert len(await listed(library.clerk, "demands")) == min(10 * survived, 25)
    imported = await run_import(database, library.clerk, begun)
    assert imported["summary"] == summary(accepted=25, created=25)
    assert await run_import(database, library.clerk, begun) == imported
    assert len(await listed(library.clerk, "demands")) == 25
    done = ok(await library.clerk.get(f"/projects/v1/operations/{begun['id']}"))
    assert done["result"]["created"] == 25


@pytest.mark.real_commits
async def test_the_worker_carries_out_an_import_once_although_two_try(
    live_database: Database, live_library: Library
) -> None:
    rows = [{"需求编号": f"X{turn}", "需求名称": f"山坪塘{turn}号"} for turn in range(120)]
    clerk = live_library.clerk
    begun = ok(await upload(clerk, "demands", sheet_of(DEMAND_CELLS, *rows)), 202)
    [imported] = ok(await clerk.get(IMPORTS))["items"]
    stop = asyncio.Event()
    worker = asyncio.create_task(JobWorker(live_database.url, handlers(live_database)).run(stop))
    other = asyncio.create_task(handlers(live_database)["import_workbook"]({"import_id": imported["id"]}))
    try:
        for _ in range(200):
            operation = ok(await clerk.get(f"/projects/v1/operations/{begun['id']}"))
            if operation["done"]:
                break
            await asyncio.sleep(0.1)
    finally:
        stop.set()
        await asyncio.gather(worker, other)
    assert operation["result"] == {"import_id": imported["id"], **summary(accepted=120, created=120)}
    assert ok(await clerk.get("/projects/v1/demands", params={"with_total": True, "limit": 1}))["total"] == 120


async def test_an_upload_that_is_sent_twice_begins_one_import(library: Library) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\ndemands\r\n'
    body += b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    body += sheet_of(DEMAND_CELLS) + b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Idempotency-Key": str(uuid4())}
    first = await library.clerk.post(IMPORTS, content=body, headers=headers)
    again = await library.clerk.post(IMPORTS, content=body, headers=headers)
    assert (first.status_code, first.json()) == (202, again.json())
    assert first.headers["location"] == f"/projects/v1/operations/{first.json()['id']}"
    assert len(ok(await library.clerk.get(IMPORTS))["items"]) == 1
