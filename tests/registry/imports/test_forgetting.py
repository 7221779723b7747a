"""Reports of imports, operations and remembered answers are forgotten when their time is over."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from services.registry.settings import Settings
from services.registry.worker import forget
from shared import clock
from shared.idempotency import IdempotencyKey, forget_old_answers
from shared.imports.models import Import, ImportRow
from shared.operations import Operation
from shared.testing import Call, SavepointDatabase
from tests.registry.imports.posting import IMPORTS, post_file, run_import
from tests.registry.records import SICHUAN, load_counties, officer

HEAD = "机构编号,机构名称,统一社会信用代码,机构类型\n"
SETTINGS = Settings(database_url="unused", client_secret="unused", import_days=30, operation_days=10)


@pytest.fixture(autouse=True)
async def _counties(database: SavepointDatabase) -> None:
    await load_counties(database)


async def count(database: SavepointDatabase, *models: Any) -> list[int]:
    async with database.transaction() as session:
        return [(await session.execute(select(func.count()).select_from(one))).scalar_one() for one in models]


async def grow_old(database: SavepointDatabase, days: int) -> None:
    """Let everything that is finished have been finished some days ago."""
    long_ago = clock.now() - timedelta(days=days)
    async with database.transaction() as session:
        for model in (Import, Operation):
            finished = update(model).where(model.finished_at.is_not(None))
            await session.execute(finished.values(finished_at=long_ago).execution_options(audit="a test"))
        await session.execute(update(IdempotencyKey).values(created_at=long_ago))


async def test_everything_goes_after_its_own_time_and_what_is_unfinished_stays(
    call: Call, database: SavepointDatabase
) -> None:
    done = await run_import(call, database, f"{HEAD}A1,甲,x,社会团体\n".encode(), "a.csv")
    await post_file(call, b"waiting", "b.csv")
    assert await count(database, Import, Operation) == [2, 2]
    await grow_old(database, 9)
    await forget(database, SETTINGS)
    assert await count(database, Import, Operation) == [2, 2]
    await grow_old(database, 11)
    await forget(database, SETTINGS)
    assert await count(database, Import, Operation) == [2, 1]
    await grow_old(database, 31)
    await forget(database, SETTINGS)
    assert await count(database, Import, ImportRow, Operation) == [1, 0, 1]
    path = f"{IMPORTS}/{(done.get('result') or done['error'])['import_id']}"
    assert (await officer(call, SICHUAN).get(path)).status_code == 404


async def test_a_remembered_answer_is_kept_as_long_as_the_setting_says(call: Call, database: SavepointDatabase) -> None:
    await post_file(call, b"waiting", "b.csv")
    await grow_old(database, 3)
    async with database.transaction() as session:
        assert await forget_old_answers(session, keep_days=4) == 0
        assert await forget_old_answers(session) == 1
