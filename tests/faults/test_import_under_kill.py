"""The worker is killed in the middle of an import: the operation ends as if nothing had been, and no row is twice."""

import asyncio
import io
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import asyncpg
import openpyxl
import pytest

from deploy.demo.actors import NATION, Actor, Cast
from tests.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")

GOOD, BAD = 420, 3
FIRST_ROW = 4
COUNT = "SELECT count(*) FROM demands WHERE source_number LIKE 'KILL%'"
MOST_SECONDS = 90
NUMBER, TITLE, DESCRIPTION, PERSONS = 2, 8, 9, 13
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_workbook() -> bytes:
    """Return the form of demands with the first row of the sample many times, and some rows with an error."""
    book = openpyxl.load_workbook(io.BytesIO(files("deploy.demo").joinpath("data", "demands.xlsx").read_bytes()))
    sheet = book.worksheets[0]
    sample = [cell.value for cell in sheet[FIRST_ROW]]
    sheet.delete_rows(FIRST_ROW, sheet.max_row)
    for number in range(GOOD + BAD):
        row: list[Any] = list(sample)
        row[0], row[NUMBER - 1] = number + 1, f"KILL{number:04}"
        row[TITLE - 1], row[DESCRIPTION - 1] = f"第{number}村的娃要吃热饭", f"第{number}村的灶房差一口大锅。"
        if number % 200 == 7:
            row[PERSONS - 1] = "很多"
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


async def begin_import(clerk: Actor, content: bytes) -> dict[str, Any]:
    begun: dict[str, Any] = await clerk.post(
        "/projects/v1/imports", data={"kind": "demands"}, files={"file": ("demands.xlsx", content, WORKBOOK)}
    )
    return begun


async def await_result(clerk: Actor, operation_id: str) -> dict[str, Any]:
    for _ in range(MOST_SECONDS * 4):
        operation = await clerk.get(f"/projects/v1/operations/{operation_id}")
        if operation["done"]:
            result: dict[str, Any] = operation["result"]
            return result
        await asyncio.sleep(0.25)
    raise AssertionError(operation)


async def await_some(database: asyncpg.Connection, query: str) -> int:
    """Wait until a count is not 0, and return it at once."""
    deadline = time.monotonic() + MOST_SECONDS
    while not (found := await database.fetchval(query)):
        assert time.monotonic() < deadline, query
        await asyncio.sleep(0.005)
    return int(found)


async def test_an_import_whose_worker_is_killed_ends_with_every_row_once(platform: Platform, tmp_path: Path) -> None:
    cast = Cast(platform.urls, platform.secrets, tmp_path / "clients.json")
    database = await asyncpg.connect(platform.access["projects"].owner_dsn.replace("+asyncpg", ""))
    try:
        clerk = await cast.play("kill-clerk", "rural_officer", "农业农村部门", division=NATION)
        content = make_workbook()
        await await_some(database, "SELECT count(*) FROM divisions WHERE code = '513436000000'")
        operation = await begin_import(clerk, content)
        written = await await_some(database, COUNT)
        platform.kill("projects-worker")
        assert 0 < written < GOOD
        assert not (await clerk.get(f"/projects/v1/operations/{operation['id']}"))["done"]
        platform.start("projects-worker")
        result = await await_result(clerk, operation["id"])
        print({"written at the kill": written, **result})  # noqa: T201

        assert (result["created"], result["rejected"], result["changed"], result["unchanged"]) == (GOOD, BAD, 0, 0)
        assert result["accepted"] + result["accepted_with_warning"] == GOOD
        rows = await clerk.list(f"/projects/v1/imports/{result['import_id']}/rows")
        assert sorted(row["row"] for row in rows) == list(range(FIRST_ROW, FIRST_ROW + GOOD + BAD))
        assert await database.fetchval(COUNT) == GOOD
        assert await database.fetchval(COUNT.replace("count(*)", "count(DISTINCT source_number)")) == GOOD

        again = await begin_import(clerk, content)
        result = await await_result(clerk, again["id"])
        assert (result["created"], result["unchanged"], result["rejected"]) == (0, GOOD, BAD)
        assert await database.fetchval(COUNT) == GOOD
    finally:
        await database.close()
        await cast.close()
