"""An import waits for the divisions it needs, and one that fails at every attempt ends where its office can see it."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete

from services.projects.divisions.models import Division, DivisionRevision
from services.projects.imports.consumers import import_limits
from services.projects.worker import handlers
from shared.db import Database
from shared.imports import actions, consumers
from shared.jobs import RetryLater
from tests.projects.imports.sample import DEMAND_CELLS, run_import, sheet_of, upload
from tests.projects.library import DIVISIONS, Library, mirror_divisions, ok


async def begin(library: Library, rows: int = 1) -> tuple[str, UUID]:
    sheet = sheet_of(DEMAND_CELLS, *[{"需求编号": f"X{turn}"} for turn in range(rows)])
    begun = ok(await upload(library.clerk, "demands", sheet), 202)
    [imported] = ok(await library.clerk.get("/projects/v1/imports"))["items"]
    return f"/projects/v1/operations/{begun['id']}", UUID(imported["id"])


async def test_an_import_waits_until_the_divisions_were_read(database: Database, library: Library) -> None:
    operation, import_id = await begin(library)
    async with database.transaction() as session:
        await session.execute(delete(Division))
        await session.execute(delete(DivisionRevision))
    with pytest.raises(RetryLater):
        await handlers(database)[actions.JOB]({"import_id": str(import_id)})
    assert not ok(await library.clerk.get(operation))["done"]
    await mirror_divisions(database, DIVISIONS)
    await handlers(database)[actions.JOB]({"import_id": str(import_id)})
    assert ok(await library.clerk.get(operation))["result"]["created"] == 1


async def test_an_import_given_up_says_so_and_its_rows_are_known_the_next_time(
    database: Database, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "ROWS_A_STEP", 2)
    operation, import_id = await begin(library, rows=3)
    really_apply = actions.apply_rows

    async def apply(session: Any, **given: Any) -> None:
        if given["rows_done"] == 3:
            raise ConnectionError
        await really_apply(session, **given)

    with monkeypatch.context() as broken:
        broken.setattr(actions, "apply_rows", apply)
        with pytest.raises(ConnectionError):
            await handlers(database)[actions.JOB]({"import_id": str(import_id)})
    limit = import_limits(database)[actions.JOB]
    for _ in range(2):  # a job given up may come again
        await limit.give_up({"import_id": str(import_id)})
        ended = ok(await library.clerk.get(operation))
        assert ended["done"]
        assert ended["error"]["type"] == "/projects/problems/import-given-up"
        assert ended["error"]["import_id"] == str(import_id)
        assert (ended["error"]["created"], ended["result"]) == (2, None)
    sheet = sheet_of(DEMAND_CELLS, *[{"需求编号": f"X{turn}"} for turn in range(3)])
    again = await run_import(database, library.clerk, ok(await upload(library.clerk, "demands", sheet), 202))
    assert (again["summary"]["created"], again["summary"]["unchanged"]) == (1, 2)
